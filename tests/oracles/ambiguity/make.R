# Range of a risk difference and of a common-effect pooled rate over every combination of counts.
# Run: Rscript make.R   (writes values.json beside it)
library(jsonlite)
suppressMessages(library(metafor))

active <- rbind(c(65, 197), c(66, 200), c(67, 203), c(68, 206), c(69, 209))
placebo <- rbind(c(27, 92), c(29, 99))
difference <- function(a, p) {
  as.numeric(escalc("RD", ai = a[1], n1i = a[2], ci = p[1], n2i = p[2])$yi)
}
all <- outer(1:5, 1:2, Vectorize(function(i, j) difference(active[i, ], placebo[j, ])))

candidates <- list(
  rbind(c(9, 40), c(8, 36)), rbind(c(36, 62), c(54, 93), c(72, 124)),
  rbind(c(5, 14)), rbind(c(27, 92), c(29, 99), c(31, 106))
)
grid <- expand.grid(lapply(candidates, function(rows) seq_len(nrow(rows))))
pool <- function(places) {
  chosen <- t(mapply(function(rows, at) rows[at, ], candidates, unlist(places)))
  as.numeric(rma(measure = "PR", xi = chosen[, 1], ni = chosen[, 2], method = "FE")$beta)
}
pooled <- apply(grid, 1, pool)

values <- list(
  versions = list(R = R.version.string, metafor = as.character(packageVersion("metafor"))),
  difference = list(
    # 206 is nearest the planned 205, and 99 the planned 103.
    central = difference(active[4, ], placebo[2, ]), minimum = min(all), maximum = max(all)
  ),
  pooled = list(
    candidates = candidates, combinations = nrow(grid), minimum = min(pooled), maximum = max(pooled)
  )
)
# toJSON stops at 15 digits, so numbers go through it as text of 17.
exact <- rapply(values, function(x) { x[] <- sprintf("%.17g", x); x }, "numeric", how = "replace")
json <- toJSON(exact, auto_unbox = TRUE)
write(gsub('"(-?[0-9]+([.][0-9]+)?(e[-+]?[0-9]+)?)"', "\\1", json), "values.json")

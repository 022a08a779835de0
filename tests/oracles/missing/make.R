# Writes values.json: the four pooled scenarios of Higgins, White and Wood (2008), Clinical Trials
# 5, 225-239, by metafor (data: haloperidol against placebo, their Table 1).
# Run from any folder: Rscript make.R
suppressMessages({library(metafor); library(jsonlite)})

here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)))

counts <- matrix(c(
  25, 25, 2, 18, 33, 0,
  29, 18, 22, 20, 14, 34,
  12, 17, 1, 2, 28, 1,
  3, 9, 0, 0, 12, 0,
  10, 11, 0, 3, 19, 0,
  11, 8, 0, 1, 14, 0,
  7, 18, 1, 4, 21, 1,
  8, 9, 0, 3, 10, 0,
  19, 45, 2, 14, 50, 2,
  1, 9, 0, 0, 10, 0,
  11, 23, 3, 0, 13, 0,
  20, 9, 0, 2, 9, 0,
  17, 1, 11, 7, 4, 18,
  4, 10, 0, 0, 13, 1,
  2, 14, 0, 0, 7, 1,
  11, 1, 0, 1, 11, 0,
  9, 20, 1, 0, 29, 1), ncol = 6, byrow = TRUE)
colnames(counts) <- c("r1", "f1", "m1", "r0", "f0", "m0")
d <- as.data.frame(counts)

pooled <- function(a, n1, c, n0) {
  fit <- rma(measure = "RR", ai = a, n1i = n1, ci = c, n2i = n0, method = "FE")
  c(exp(as.numeric(fit$beta)), exp(fit$ci.lb), exp(fit$ci.ub))
}
t1 <- d$r1 + d$f1 + d$m1
t0 <- d$r0 + d$f0 + d$m0
scenarios <- list(
  available = pooled(d$r1, d$r1 + d$f1, d$r0, d$r0 + d$f0),
  `non-responder` = pooled(d$r1, t1, d$r0, t0),
  best = pooled(d$r1 + d$m1, t1, d$r0, t0),
  worst = pooled(d$r1, t1, d$r0 + d$m0, t0)
)

values <- list(
  versions = list(R = R.version.string, metafor = paste("metafor", packageVersion("metafor"))),
  higgins2008 = as.list(d), scenarios = scenarios
)

# toJSON stops at 15 digits: write numbers as text with 17, and take the quotes off again.
exact <- rapply(values, function(v) sprintf("%.17g", v), classes = c("numeric", "integer"),
  how = "replace")
text <- toJSON(exact, auto_unbox = TRUE, pretty = TRUE, null = "null")
write(gsub('"(-?[0-9][0-9.e+-]*)"', "\\1", text), file.path(here, "values.json"))

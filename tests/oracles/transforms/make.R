# Writes values.json: transformed proportions, their inverses and two-step pooled rates by metafor.
# Run from any folder: Rscript make.R
suppressMessages({library(metafor); library(metadat); library(jsonlite)})

here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)))

case <- function(x, n) {
  one <- function(measure, back) {
    data <- escalc(measure = measure, xi = x, ni = n)
    # Closed forms (DerSimonian-Laird, Wald), so that the comparison has no iteration in it.
    fit <- rma(yi, vi, data = data, method = "DL", test = "z")
    p <- predict(fit)
    scale <- c(p$pred, p$ci.lb, p$ci.ub, p$pi.lb, p$pi.ub)
    list(effect = as.numeric(data$yi), variance = as.numeric(data$vi), scale = scale,
      rates = back(scale), tau2 = fit$tau2)
  }
  list(x = x, n = n,
    logit = one("PLO", transf.ilogit),
    arcsine = one("PAS", transf.iarcsin),
    `freeman-tukey` = one("PFT", function(t) transf.ipft.hm(t, targs = list(ni = n))))
}

grid <- seq(0.05, 1.55, by = 0.05)
values <- list(
  versions = list(R = R.version.string, metafor = paste("metafor", packageVersion("metafor")),
    metadat = paste("metadat", packageVersion("metadat"))),
  cases = list(
    pritz1997 = case(dat.pritz1997$xi, dat.pritz1997$ni),
    bcg_controls = case(dat.bcg$cpos, dat.bcg$cpos + dat.bcg$cneg),
    high_rates = case(c(9, 12, 20, 7, 29), c(9, 12, 21, 8, 30))
  ),
  inverse = list(angle = grid, n8 = transf.ipft(grid, 8), n250 = transf.ipft(grid, 250))
)

# toJSON stops at 15 digits: write numbers as text with 17, and take the quotes off again.
exact <- rapply(values, function(v) sprintf("%.17g", v), classes = c("numeric", "integer"),
  how = "replace")
text <- toJSON(exact, auto_unbox = TRUE, pretty = TRUE, null = "null")
write(gsub('"(-?[0-9][0-9.e+-]*)"', "\\1", text), file.path(here, "values.json"))

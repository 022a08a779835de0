# Writes values.json: what R gives for the calls of calls.R, which make_calls.py writes.
# Run: Rscript make.R   (R with metafor, lme4 and VGAM)
suppressMessages({library(metafor); library(lme4); library(VGAM)})
calls <- new.env()
source("calls.R", calls)

# Ratios: metafor's own way back from the logarithms.
ratio <- function(fit) {
  p <- predict(fit, transf = exp, level = 95)
  c(p$pred, p$ci.lb, p$ci.ub, p$pi.lb, p$pi.ub)
}
run <- function(call) {
  here <- new.env()
  sink(nullfile())
  on.exit(sink())
  here$out <- suppressWarnings(eval(call[[1]], here))
  as.numeric(eval(call[[2]], here))
}
numbers <- function(x) paste0("[", paste(sprintf("%.17g", x), collapse = ","), "]")
names <- ls(calls)
body <- vapply(names, function(name) {
  paste0('"', name, '":', numbers(run(get(name, calls))))
}, "")
packages <- c("metafor", "lme4", "VGAM")
versions <- vapply(packages, function(one) {
  sprintf('"%s":"%s %s"', one, one, packageVersion(one))
}, "")
versions <- c(sprintf('"R":"%s"', R.version.string), versions)
writeLines(paste0('{"versions":{', paste(versions, collapse = ","), "},\n",
                  paste(body, collapse = ",\n"), "}"), "values.json")

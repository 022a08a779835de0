# Writes values.json: what R gives for the calls of calls.R, which make_calls.py writes.
# Run: Rscript make.R   (R with metafor)
suppressMessages(library(metafor))
source("calls.R")

run <- function(call) { sink(nullfile()); on.exit(sink()); eval(call, globalenv()) }
numbers <- function(x) paste0("[", paste(sprintf("%.17g", x), collapse = ","), "]")
# Ratios: metafor's own way back from the logarithms.
ratio <- function(call) {
  run(call)
  p <- predict(get("fit", globalenv()), transf = exp, level = 95)
  c(p$pred, p$ci.lb, p$ci.ub, p$pi.lb, p$pi.ub)
}
values <- list(risk_ratio = ratio(risk_ratio), odds_ratio = ratio(odds_ratio),
               rate = run(rate), line = run(line))
body <- paste0('"', names(values), '":', vapply(values, numbers, ""), collapse = ",\n")
versions <- sprintf('"versions":{"R":"%s","metafor":"metafor %s"}', R.version.string,
                    packageVersion("metafor"))
writeLines(paste0("{", versions, ",\n", body, "}"), "values.json")

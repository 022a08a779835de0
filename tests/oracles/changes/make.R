# Intervals of mean changes and their differences by base R and metafor.
# t.test works on data, so samples are made that have exactly the wanted mean and SD.
# Run: Rscript make.R   (writes values.json beside it)
library(jsonlite)
suppressMessages(library(metafor))

set.seed(1908)
sample_with <- function(mean, sd, n) mean + sd * as.numeric(scale(rnorm(n)))
limits <- function(test) list(
  lower = test$conf.int[1], upper = test$conf.int[2], df = as.numeric(test$parameter),
  statistic = as.numeric(test$statistic), p_value = test$p.value, se = test$stderr
)

arms <- data.frame(
  mean_1 = c(-10.54, -21.3, -3.2, -48.0), sd_1 = c(13.56, 9.8, 4.4, 31.0), n_1 = c(88, 12, 3, 250),
  mean_0 = c(-6.194, -8.9, -1.1, -47.5), sd_0 = c(13.11, 14.2, 0.9, 60.5), n_0 = c(81, 9, 2, 17)
)
two <- lapply(seq_len(nrow(arms)), function(i) {
  a <- arms[i, ]
  x <- sample_with(a$mean_1, a$sd_1, a$n_1)
  y <- sample_with(a$mean_0, a$sd_0, a$n_0)
  normal <- summary(escalc("MD", m1i = a$mean_1, sd1i = a$sd_1, n1i = a$n_1,
                           m2i = a$mean_0, sd2i = a$sd_0, n2i = a$n_0, digits = 15))
  list(one = limits(t.test(x)), welch = limits(t.test(x, y)),
       pooled = limits(t.test(x, y, var.equal = TRUE)),
       welch_90 = limits(t.test(x, y, conf.level = 0.9)),
       normal = list(lower = normal$ci.lb, upper = normal$ci.ub, se = normal$sei,
                     p_value = normal$pval))
})

values <- list(
  versions = list(R = R.version.string, metafor = as.character(packageVersion("metafor"))),
  arms = arms, two = two
)
# toJSON stops at 15 digits, so numbers go through it as text of 17.
exact <- rapply(values, function(x) { x[] <- sprintf("%.17g", x); x }, "numeric", how = "replace")
json <- toJSON(exact, auto_unbox = TRUE, dataframe = "columns")
write(gsub('"(-?[0-9]+([.][0-9]+)?(e[-+]?[0-9]+)?)"', "\\1", json), "values.json")

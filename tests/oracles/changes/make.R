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

means <- expand.grid(r = c(-0.4, 0, 0.5, 0.95), n = c(2, 14, 120))
means <- cbind(means, baseline = 28.4, follow_up = 17.1, sd_baseline = 11.2, sd_follow_up = 12.9)
paired <- function(measure) {
  escalc(measure, m1i = follow_up, m2i = baseline, sd1i = sd_follow_up, sd2i = sd_baseline,
         ni = n, ri = r, data = means)
}
absolute <- paired("MC")
percent <- paired("ROMC")
t_crit <- qt(0.975, means$n - 1)

responders <- expand.grid(mean = c(-62.5, -45, 3), sd = c(8, 35), n = c(9, 60), cut = c(50, 75, 90))
z <- with(responders, (-cut - mean) / sd)
half <- qnorm(0.975) * sqrt((1 + z^2 / 2) / responders$n)

values <- list(
  versions = list(R = R.version.string, metafor = as.character(packageVersion("metafor"))),
  arms = arms, two = two,
  means = c(as.list(means), list(
    change = as.numeric(absolute$yi), change_se = sqrt(absolute$vi),
    log_ratio = as.numeric(percent$yi), log_ratio_se = sqrt(percent$vi),
    percent_lower = 100 * (exp(percent$yi - t_crit * sqrt(percent$vi)) - 1),
    percent_upper = 100 * (exp(percent$yi + t_crit * sqrt(percent$vi)) - 1)
  )),
  responders = c(as.list(responders), list(
    share = pnorm(z), lower = pnorm(z - half), upper = pnorm(z + half)
  ))
)
# toJSON stops at 15 digits, so numbers go through it as text of 17.
exact <- rapply(values, function(x) { x[] <- sprintf("%.17g", x); x }, "numeric", how = "replace")
json <- toJSON(exact, auto_unbox = TRUE, dataframe = "columns")
write(gsub('"(-?[0-9]+([.][0-9]+)?(e[-+]?[0-9]+)?)"', "\\1", json), "values.json")

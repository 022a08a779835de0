# Writes values.json: limits for a proportion from base R.
# Run from this folder: Rscript make.R
#
# clopper-pearson  binom.test, which takes beta quantiles
# wilson           prop.test(correct = FALSE)
# wilson-cc        prop.test(correct = TRUE); its correction is min(1/2, |x - n p|), so that the
#                  null share p is chosen far enough from x / n for the full half patient
# jeffreys         qbeta, with 0 and 1 set at the ends
# mid-p            uniroot on the logit scale, tolerance 1e-15

options(warn = 2)

counts <- rbind(
  c(0, 1), c(1, 1), c(1, 2), c(0, 5), c(1, 5), c(4, 5), c(5, 5), c(6, 9), c(7, 10), c(4, 11),
  c(6, 11), c(5, 14), c(13, 19), c(0, 20), c(1, 29), c(0, 35), c(16, 36), c(25, 50), c(34, 50),
  c(22, 81), c(28, 88), c(4, 94), c(15, 148), c(81, 263), c(263, 263), c(1, 1000), c(997, 1000),
  c(3, 100000), c(0, 1000000), c(1, 1000000), c(500000, 1000000), c(999999, 1000000)
)
levels <- c(0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.999999)

binomial_test <- function(x, n, level) binom.test(x, n, conf.level = level)$conf.int

score <- function(x, n, level, correct) {
  null <- if (2 * x > n) 0.01 / n else 1 - 0.01 / n
  # The chi-square approximation of the test is not used, only the interval.
  suppressWarnings(prop.test(x, n, p = null, conf.level = level, correct = correct)$conf.int)
}

jeffreys <- function(x, n, level) {
  tail <- (1 - level) / 2
  c(
    if (x == 0) 0 else qbeta(tail, x + 0.5, n - x + 0.5),
    if (x == n) 1 else qbeta(tail, x + 0.5, n - x + 0.5, lower.tail = FALSE)
  )
}

mid_p <- function(x, n, level) {
  tail <- (1 - level) / 2
  solve <- function(more_extreme) {
    gap <- function(logit) {
      p <- plogis(logit)
      parts <- c(more_extreme(p), dbinom(x, n, p, log = TRUE) - log(2))
      max(parts) + log(sum(exp(parts - max(parts)))) - log(tail)
    }
    plogis(uniroot(gap, c(-35, 35), tol = 1e-15, maxiter = 10000)$root)
  }
  c(
    if (x == 0) 0 else solve(function(p) pbinom(x, n, p, lower.tail = FALSE, log.p = TRUE)),
    if (x == n) 1 else solve(function(p) pbinom(x - 1, n, p, log.p = TRUE))
  )
}

methods <- list(
  "clopper-pearson" = binomial_test,
  "wilson" = function(x, n, level) score(x, n, level, FALSE),
  "wilson-cc" = function(x, n, level) score(x, n, level, TRUE),
  "jeffreys" = jeffreys,
  "mid-p" = mid_p
)

rows <- character()
for (method in names(methods)) for (level in levels) for (i in seq_len(nrow(counts))) {
  x <- counts[i, 1]
  n <- counts[i, 2]
  limits <- methods[[method]](x, n, level)
  rows <- c(rows, sprintf(
    '{"method": "%s", "level": %s, "responders": %.0f, "n": %.0f, "lower": %.17g, "upper": %.17g}',
    method, format(level), x, n, limits[1], limits[2]
  ))
}

writeLines(
  c(
    "{",
    sprintf('"versions": {"R": "%s.%s"},', R.version$major, R.version$minor),
    '"rows": [', paste(rows, collapse = ",\n"), "]", "}"
  ),
  "values.json"
)

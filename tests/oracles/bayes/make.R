# Beta posteriors of rates, and the probability that one exceeds another, by base R.
# Run: Rscript make.R   (writes values.json beside it)
library(jsonlite)

highest_density <- function(a, b, level) {
  if (a <= 1) return(c(0, qbeta(level, a, b)))
  if (b <= 1) return(c(qbeta(1 - level, a, b), 1))
  ends <- function(p) c(qbeta(p, a, b), qbeta(1 - level - p, a, b, lower.tail = FALSE))
  gap <- function(p) { x <- dbeta(ends(p), a, b, log = TRUE); x[1] - x[2] }
  # Open ends: at 0 and 1 - level one of the densities is zero.
  margin <- (1 - level) * 1e-9
  ends(uniroot(gap, c(margin, 1 - level - margin), tol = 1e-15)$root)
}
summarise <- function(x, n, level, seen, patients) {
  a <- x + seen
  b <- n - x + patients - seen
  hdi <- highest_density(a, b, level)
  c(mean = a / (a + b), median = qbeta(0.5, a, b), lower = qbeta((1 - level) / 2, a, b),
    upper = qbeta((1 - level) / 2, a, b, lower.tail = FALSE), hdi_lower = hdi[1],
    hdi_upper = hdi[2], above_0.399 = pbeta(0.399, a, b, lower.tail = FALSE))
}
rates <- expand.grid(x = c(0, 1, 7, 10, 29, 88), n = c(10, 30, 88, 5000), level = c(0.5, 0.95, 0.99))
rates <- rates[rates$x <= rates$n, ]
priors <- list(c(0.5, 1), c(1, 2), c(4, 10))
cases <- do.call(rbind, lapply(priors, function(prior) {
  found <- t(mapply(summarise, rates$x, rates$n, rates$level, prior[1], prior[2]))
  cbind(rates, seen = prior[1], patients = prior[2], as.data.frame(found))
}))

# Jeffreys posteriors against each other. Over the log odds both functions are smooth; R's adaptive
# Gauss-Kronrod rule runs over pieces of two standard deviations of the first one.
above <- function(x1, n1, x0, n0) {
  a <- x1 + 0.5; b <- n1 - x1 + 0.5; c <- x0 + 0.5; d <- n0 - x0 + 0.5
  f <- function(t) {
    exp(a * plogis(t, log.p = TRUE) + b * plogis(-t, log.p = TRUE) - lbeta(a, b)) *
      ifelse(t < 0, pbeta(plogis(t), c, d), pbeta(plogis(-t), d, c, lower.tail = FALSE))
  }
  centre <- digamma(a) - digamma(b)
  spread <- sqrt(trigamma(a) + trigamma(b))
  cuts <- centre + spread * seq(-60, 60, by = 2)
  pieces <- mapply(function(from, to) {
    integrate(f, from, to, rel.tol = 1e-13, abs.tol = 1e-18, stop.on.error = FALSE,
              subdivisions = 500)$value
  }, head(cuts, -1), tail(cuts, -1))
  sum(pieces)
}
pairs <- data.frame(
  x1 = c(28, 7, 0, 0, 5, 10, 30, 1, 66, 495, 3, 2000),
  n1 = c(88, 10, 5, 14, 5, 10, 40, 1, 200, 1000, 3, 5000),
  x0 = c(22, 6, 0, 3, 0, 0, 60, 0, 29, 450, 3000, 1),
  n0 = c(81, 9, 35, 15, 5, 20, 200, 1, 99, 1000, 5000, 2)
)
pairs$above <- mapply(above, pairs$x1, pairs$n1, pairs$x0, pairs$n0)

# Whole shape parameters: an exact hypergeometric tail (Altham 1969).
whole <- data.frame(
  x1 = c(3, 0, 12, 280, 5100, 50100, 31000, 99990),
  n1 = c(5, 9, 30, 880, 10000, 1e5, 1e5, 1e5),
  x0 = c(4, 2, 9, 220, 5000, 50000, 30900, 99985),
  n0 = c(11, 12, 33, 810, 10000, 1e5, 1e5, 1e5)
)
whole$above <- with(whole, phyper(x0, n0 + 1, n1 + 1, x1 + x0 + 1, lower.tail = FALSE))

# Beta with two given quantiles: for each size the mean that has the lower one, then the size.
matched <- function(low, high, tail) {
  mean_of <- function(size) {
    uniroot(function(m) pbeta(low, size * m, size * (1 - m)) - tail, c(1e-6, 1 - 1e-6),
            tol = 1e-15)$root
  }
  miss <- function(log_size) {
    size <- exp(log_size)
    m <- mean_of(size)
    pbeta(high, size * m, size * (1 - m), lower.tail = FALSE) - tail
  }
  size <- exp(uniroot(miss, c(log(3), log(1e5)), tol = 1e-13)$root)
  m <- mean_of(size)
  c(alpha = size * m, beta = size * (1 - m))
}
printed <- data.frame(
  estimate = c(0.399, 0.209, 0.09, 0.5), lower = c(0.367, 0.182, 0.067, 0.2),
  upper = c(0.432, 0.238, 0.116, 0.7), level = c(0.95, 0.95, 0.95, 0.9)
)
printed <- cbind(printed, t(mapply(matched, printed$lower, printed$upper, (1 - printed$level) / 2)))

values <- list(versions = list(R = R.version.string), rates = cases, pairs = pairs, whole = whole,
               printed = printed)
# toJSON stops at 15 digits, so numbers go through it as text of 17.
exact <- rapply(values, function(x) { x[] <- sprintf("%.17g", x); x }, "numeric", how = "replace")
json <- toJSON(exact, auto_unbox = TRUE, dataframe = "columns")
write(gsub('"(-?[0-9]+([.][0-9]+)?(e[-+]?[0-9]+)?)"', "\\1", json), "values.json")

# Reference values of the two-arm contrasts: Rscript make.R writes values.json beside itself.
# Limits are found from their definitions, with uniroot at 1e-15 in place of the looser default of
# the packages; standard errors come from metafor, p values from base R.
suppressMessages({library(metafor); library(jsonlite)})

tables <- rbind(
  c(56, 70, 48, 80), c(9, 10, 3, 10), c(6, 7, 2, 7), c(5, 56, 0, 29), c(0, 10, 0, 20), c(0, 10, 0, 10),
  c(10, 10, 0, 20), c(10, 10, 0, 10), c(4, 11, 6, 11), c(7, 10, 2, 11), c(0, 10, 5, 12), c(11, 11, 6, 11),
  c(14, 59, 4, 55), c(15, 36, 6, 36), c(30, 36, 21, 36), c(2, 35, 0, 35), c(3, 35, 0, 35), c(9, 40, 3, 20),
  c(6, 20, 0, 8), c(28, 88, 22, 81), c(65, 197, 27, 92), c(7, 10, 6, 9), c(8, 8, 8, 8), c(5, 5, 3, 3),
  c(1, 1, 0, 1), c(0, 1, 1, 1), c(1, 1, 1, 1), c(0, 3, 7, 7), c(7, 7, 6, 9), c(19, 20, 20, 20), c(1, 250, 3, 240)
)
level <- 0.95
z <- qnorm((1 + level) / 2)
root <- function(f, low, high) uniroot(f, c(low, high), tol = 1e-15, maxiter = 10000)$root
share <- function(a, b) if (a == 0) 0 else a / b

# Variance at the likeliest rates whose difference is D, found by maximising over the rate of arm 0.
variance_given_difference <- function(x1, n1, x0, n0, D) {
  low <- max(0, -D); high <- min(1, 1 - D)
  slope <- function(p) share(x0, p) - share(n0 - x0, 1 - p) + share(x1, p + D) - share(n1 - x1, 1 - p - D)
  edge <- 1e-15 * (high - low)
  p0 <- if (slope(low + edge) <= 0) low else if (slope(high - edge) >= 0) high else root(slope, low + edge, high - edge)
  p1 <- min(max(p0 + D, 0), 1)
  (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0) * (n1 + n0) / (n1 + n0 - 1)
}
mn_difference_lower <- function(x1, n1, x0, n0) {
  d <- x1 / n1 - x0 / n0
  if (d == -1) return(-1)
  f <- function(D) (d - D)^2 - z^2 * variance_given_difference(x1, n1, x0, n0, D)
  root(f, -1 + 1e-13, d - 1e-9)
}

variance_given_ratio <- function(x1, n1, x0, n0, R) {
  high <- min(1, 1 / R)
  slope <- function(p) (x1 + x0) / p - share(n0 - x0, 1 - p) - share((n1 - x1) * R, 1 - R * p)
  edge <- 1e-15 * high
  p0 <- if (slope(high - edge) >= 0) high else root(slope, edge, high - edge)
  p1 <- min(R * p0, 1)
  (p1 * (1 - p1) / n1 + R^2 * p0 * (1 - p0) / n0) * (n1 + n0) / (n1 + n0 - 1)
}
mn_ratio_lower <- function(x1, n1, x0, n0) {
  if (x1 == 0) return(0)
  f <- function(t) {
    R <- exp(t)
    (x1 / n1 - R * x0 / n0)^2 / variance_given_ratio(x1, n1, x0, n0, R) - z^2
  }
  top <- if (x0 > 0) log(x1 / n1 / (x0 / n0)) - 1e-9 else 10
  exp(root(f, -15, top))
}

newcombe <- function(x1, n1, x0, n0) {
  w <- function(x, n) suppressWarnings(prop.test(x, n, correct = FALSE, conf.level = level)$conf.int)
  p1 <- x1 / n1; p0 <- x0 / n0; w1 <- w(x1, n1); w0 <- w(x0, n0)
  c(p1 - p0 - sqrt((p1 - w1[1])^2 + (w0[2] - p0)^2), p1 - p0 + sqrt((w1[2] - p1)^2 + (p0 - w0[1])^2))
}

# Noncentral hypergeometric: estimate, limits and standard error of the log, on the log scale.
conditional <- function(x1, n1, x0, n0) {
  m <- x1 + x0; k <- max(0, m - n0):min(n1, m)
  if (length(k) == 1) return(c(NaN, 0, Inf, Inf))
  base <- dhyper(k, n1, n0, m, log = TRUE)
  p <- function(t) { w <- base + k * t; w <- exp(w - max(w)); w / sum(w) }
  alpha <- (1 - level) / 2
  lower <- if (x1 == k[1]) 0 else exp(root(function(t) log(sum(p(t)[k >= x1])) - log(alpha), -25, 25))
  upper <- if (x1 == k[length(k)]) Inf else exp(root(function(t) log(sum(p(t)[k <= x1])) - log(alpha), -25, 25))
  if (x1 == k[1]) return(c(0, lower, upper, Inf))
  if (x1 == k[length(k)]) return(c(Inf, lower, upper, Inf))
  t <- root(function(t) sum(p(t) * k) - x1, -25, 25)
  mean <- sum(p(t) * k)
  c(exp(t), lower, upper, 1 / sqrt(sum(p(t) * (k - mean)^2)))
}

# Largest probability of a set of tables over the common rate: every peak of a grid is climbed.
largest <- function(tail, n1, n0) {
  at <- which(tail, arr.ind = TRUE) - 1
  prob <- function(r) sum(dbinom(at[, 1], n1, r) * dbinom(at[, 2], n0, r))
  grid <- sin(seq(0, pi / 2, length.out = 1001))^2
  y <- sapply(grid, prob)
  peaks <- which(y >= pmax(c(-Inf, y[-length(y)]), c(y[-1], -Inf)) & y > 0.99 * max(y))
  if (length(peaks) > 50) return(min(1, max(y)))
  min(1, max(y, sapply(peaks, function(i)
    optimize(prob, grid[c(max(1, i - 1), min(length(grid), i + 1))], maximum = TRUE, tol = 1e-12)$objective)))
}
unconditional <- function(x1, n1, x0, n0) {
  X1 <- row(matrix(0, n1 + 1, n0 + 1)) - 1; X0 <- col(X1) - 1; N <- n1 + n0; m <- X1 + X0
  score <- ifelse(m == 0 | m == N, 0, (X1 * n0 - X0 * n1) / sqrt(pmax(m * (N - m), 1)))
  less <- phyper(X1, n1, n0, m); greater <- phyper(X1 - 1, n1, n0, m, lower.tail = FALSE)
  two <- less
  for (i in seq_along(two)) {
    k <- max(0, m[i] - n0):min(n1, m[i]); d <- dhyper(k, n1, n0, m[i])
    two[i] <- sum(d[d <= dhyper(X1[i], n1, n0, m[i]) * (1 + 1e-7)])
  }
  here <- cbind(x1 + 1, x0 + 1)
  tied <- 1e-9
  side <- function(key) largest(key <= key[here] * (1 + tied), n1, n0)
  p_less <- side(less); p_greater <- side(greater)
  list(
    barnard = largest(abs(score) >= abs(score[here]) * (1 - tied), n1, n0),
    barnard_less = largest(score <= score[here] + tied, n1, n0),
    barnard_greater = largest(score >= score[here] - tied, n1, n0),
    boschloo = min(1, 2 * min(p_less, p_greater)),
    boschloo_less = p_less, boschloo_greater = p_greater,
    boschloo_minlike = side(two)
  )
}

escalc_of <- function(measure, v, ...) {
  e <- suppressWarnings(escalc(measure = measure, ai = v[1], n1i = v[2], ci = v[3], n2i = v[4], ...))
  c(e$yi, sqrt(e$vi))
}
rows <- lapply(seq_len(nrow(tables)), function(i) {
  v <- tables[i, ]; x1 <- v[1]; n1 <- v[2]; x0 <- v[3]; n0 <- v[4]
  m <- matrix(c(x1, n1 - x1, x0, n0 - x0), 2)
  chi <- function(correct) {
    p <- suppressWarnings(chisq.test(m, correct = correct)$p.value)
    if (is.nan(p)) 1 else p
  }
  upper_ratio <- mn_ratio_lower(x0, n0, x1, n1)
  list(
    table = v,
    newcombe = newcombe(x1, n1, x0, n0),
    mn_difference = c(mn_difference_lower(x1, n1, x0, n0), -mn_difference_lower(x0, n0, x1, n1)),
    mn_ratio = c(mn_ratio_lower(x1, n1, x0, n0), 1 / upper_ratio),
    rd = escalc_of("RD", v, add = 0, to = "none"),
    log_rr = escalc_of("RR", v, add = 0, to = "none"),
    log_or = escalc_of("OR", v, add = 0, to = "none"),
    log_rr_only0 = escalc_of("RR", v, add = 0.5, to = "only0"),
    log_or_only0 = escalc_of("OR", v, add = 0.5, to = "only0"),
    log_rr_all = escalc_of("RR", v, add = 0.5, to = "all"),
    log_or_all = escalc_of("OR", v, add = 0.5, to = "all"),
    conditional = conditional(x1, n1, x0, n0),
    fisher_test_limits = as.numeric(fisher.test(m)$conf.int),
    chi_square = chi(FALSE), chi_square_corrected = chi(TRUE),
    fisher = fisher.test(m)$p.value,
    fisher_less = fisher.test(m, alternative = "less")$p.value,
    fisher_greater = fisher.test(m, alternative = "greater")$p.value,
    unconditional = if (n1 * n0 <= 8000) unconditional(x1, n1, x0, n0) else NULL
  )
})
# Fragility by its definition: responders are added to the arm of the lower rate, one by one.
fragility <- function(v, p_value) {
  x1 <- v[1]; n1 <- v[2]; x0 <- v[3]; n0 <- v[4]
  in_1 <- x1 * n0 < x0 * n1
  p <- function(k) p_value(x1 + if (in_1) k else 0, n1, x0 + if (in_1) 0 else k, n0)
  k <- 0; left <- if (in_1) n1 - x1 else n0 - x0
  while (p(k) < 0.05) { if (k == left) return(NA); k <- k + 1 }
  k
}
fisher_p <- function(x1, n1, x0, n0) fisher.test(matrix(c(x1, n1 - x1, x0, n0 - x0), 2))$p.value
chi_p <- function(correct) function(x1, n1, x0, n0) {
  p <- suppressWarnings(chisq.test(matrix(c(x1, n1 - x1, x0, n0 - x0), 2), correct = correct)$p.value)
  if (is.nan(p)) 1 else p
}
fragile <- rbind(
  c(14, 59, 4, 55), c(15, 36, 6, 36), c(30, 36, 21, 36), c(1, 100, 9, 100), c(13, 506, 28, 499),
  c(200, 4000, 250, 4000), c(28, 88, 22, 81), c(20, 200, 15, 50), c(10, 10, 0, 20), c(0, 40, 30, 40),
  c(131, 591, 22, 201), c(9, 10, 3, 10), c(35, 35, 1, 35), c(0, 10, 0, 20)
)
fragilities <- lapply(seq_len(nrow(fragile)), function(i) list(
  table = fragile[i, ], fisher = fragility(fragile[i, ], fisher_p),
  chi_square = fragility(fragile[i, ], chi_p(FALSE)),
  chi_square_corrected = fragility(fragile[i, ], chi_p(TRUE))
))
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
# jsonlite stops at 15 digits: numbers are written as marked text of 17, and the marks taken off.
values <- rapply(
  list(level = level, tables = rows, fragility = fragilities),
  function(x) ifelse(is.finite(x), sprintf("#%.17g", x), as.character(x)),
  classes = c("numeric", "integer"), how = "replace"
)
software <- list(R = R.version.string, metafor = as.character(packageVersion("metafor")))
text <- toJSON(c(list(software = software), values), auto_unbox = TRUE, pretty = TRUE, na = "string")
writeLines(gsub('"#([^"]*)"', "\\1", text), file.path(here, "values.json"))

# Writes values.json: beta-binomial maximum likelihood by optim and Newton steps in base R, with
# the density written by beta functions (the package under test writes it by products).
# Run from any folder: Rscript make.R
suppressMessages({library(metadat); library(jsonlite); library(Rmpfr)})

here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)))

log_likelihood <- function(theta, x, n) {
  mu <- plogis(theta[1])
  size <- (1 - plogis(theta[2])) / plogis(theta[2])
  sum(lchoose(n, x) + lbeta(x + mu * size, n - x + (1 - mu) * size) -
    lbeta(mu * size, (1 - mu) * size))
}

# Central differences of fourth order.
slope <- function(f, at, h = 1e-3) {
  sapply(seq_along(at), function(j) {
    e <- replace(numeric(length(at)), j, h)
    (8 * (f(at + e) - f(at - e)) - (f(at + 2 * e) - f(at - 2 * e))) / 12 / h
  })
}

case <- function(x, n) {
  f <- function(theta) log_likelihood(theta, x, n)
  theta <- optim(c(qlogis(sum(x) / sum(n)), -2), function(theta) -f(theta),
    control = list(reltol = 1e-14, maxit = 5000))$par
  for (pass in 1:5) {
    g <- slope(f, theta)
    H <- sapply(1:2, function(j) {
      e <- replace(numeric(2), j, 1e-3)
      (8 * (slope(f, theta + e) - slope(f, theta - e)) -
        (slope(f, theta + 2 * e) - slope(f, theta - 2 * e))) / 12 / 1e-3
    })
    theta <- theta - solve(H, g)
  }
  se <- sqrt(diag(solve(-H)))
  list(x = x, n = n, mu = plogis(theta[1]), rho = plogis(theta[2]),
    mu_se = dlogis(theta[1]) * se[1], rho_se = dlogis(theta[2]) * se[2],
    log_likelihood = f(theta))
}

# Large arms, where the beta functions of doubles cancel: the same with 300 bits, by Newton steps from
# derivatives whose step no double could take.
large <- function(x, n, rho) {
  mp <- function(v) mpfr(v, 300)
  f <- function(theta) {
    mu <- 1 / (1 + exp(-theta[1]))
    size <- exp(-theta[2])
    a <- mu * size
    b <- size - a
    sum(lgamma(mp(n) + 1) - lgamma(mp(x) + 1) - lgamma(mp(n) - x + 1) +
      lgamma(x + a) + lgamma(n - x + b) - lgamma(n + size) - lgamma(a) - lgamma(b) + lgamma(size))
  }
  h <- mp(2)^-60
  e <- list(c(h, mp(0)), c(mp(0), h))
  slope <- function(at) do.call(c, lapply(e, function(d) (f(at + d) - f(at - d)) / (2 * h)))
  theta <- mp(c(qlogis(mean(x / n)), qlogis(rho)))
  for (pass in 1:30) {
    g <- slope(theta)
    H <- lapply(e, function(d) (slope(theta + d) - slope(theta - d)) / (2 * h))
    det <- H[[1]][1] * H[[2]][2] - H[[1]][2] * H[[2]][1]
    step <- c(H[[2]][2] * g[1] - H[[2]][1] * g[2], H[[1]][1] * g[2] - H[[1]][2] * g[1]) / det
    theta <- theta - step / max(1, abs(asNumeric(step)))
    if (all(abs(step) < 1e-25)) break
  }
  stopifnot(all(abs(step) < 1e-25), H[[1]][1] < 0, det > 0)
  mu <- 1 / (1 + exp(-theta[1]))
  rho <- 1 / (1 + exp(-theta[2]))
  se <- sqrt(c(-H[[2]][2], -H[[1]][1]) / det)
  common <- sum(x) / sum(mp(n))
  at_0 <- sum(lgamma(mp(n) + 1) - lgamma(mp(x) + 1) - lgamma(mp(n) - x + 1) +
    x * log(common) + (n - x) * log(1 - common))
  lapply(list(x = x, n = n, mu = mu, rho = rho, mu_se = mu * (1 - mu) * se[1],
    rho_se = rho * (1 - rho) * se[2], log_likelihood = f(theta), log_likelihood_common = at_0),
    function(v) as.numeric(v))
}

bcg <- dat.bcg
values <- list(
  versions = list(R = R.version.string, metadat = paste("metadat", packageVersion("metadat")),
    Rmpfr = paste("Rmpfr", packageVersion("Rmpfr"))),
  cases = list(
    pritz1997 = case(dat.pritz1997$xi, dat.pritz1997$ni),
    bcg_treated = case(bcg$tpos, bcg$tpos + bcg$tneg),
    empty_arms = case(c(0, 0, 1, 3, 0, 8), c(7, 12, 5, 9, 4, 11)),
    nearly_whole_arms = case(c(0, 0, 5, 5, 1, 3), rep(5, 6))
  ),
  large = list(
    thousands = large(c(312, 1021, 6050, 1023, 1), c(1024, 3000, 20000, 2049, 13), 0.02),
    millions = large(c(300123, 512345, 699, 149000), c(1e6, 1.6e6, 2100, 5e5), 1e-3),
    nearly_binomial = large(c(299600, 300400, 300900, 298900), rep(1e6, 4), 1e-6),
    billions = large(c(2.5e8, 3.1e8, 2.9e8, 4e8), c(1e9, 9e8, 1e9 + 1, 1.1e9), 0.02),
    billions_nearly_binomial = large(c(3e8, 300030000, 299980000, 300001000), rep(1e9, 4), 5e-9),
    rare = large(c(0, 3, 12, 1000), c(1e6, 2e6, 1.5e6, 1e9), 1e-6)
  )
)

# toJSON stops at 15 digits: write numbers as text with 17, and take the quotes off again.
exact <- rapply(values, function(v) sprintf("%.17g", v), classes = c("numeric", "integer"),
  how = "replace")
text <- toJSON(exact, auto_unbox = TRUE, pretty = TRUE, null = "null")
write(gsub('"(-?[0-9][0-9.e+-]*)"', "\\1", text), file.path(here, "values.json"))

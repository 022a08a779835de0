# Bayesian random-effects meta-analysis by R's adaptive quadrature over tau.
#
# The package that does this in R, bayesmeta, is in no Debian release and works on a grid that is
# accurate to about 1e-3; these values come from the model itself: for each tau the normal
# posteriors in closed form, integrated over tau by integrate() at a relative tolerance of 1e-10,
# quantiles by uniroot(). Run: Rscript make.R   (writes values.json beside it)
library(jsonlite)
suppressMessages({library(metafor); library(metadat)})

# Probability that a rate of x among n, with Jeffreys' prior, exceeds one whose log odds are normal:
# over that normal, in pieces that are cut where the rate has its mass.
above_normal <- function(x, n, mean, sd) {
  a <- x + 0.5; b <- n - x + 0.5
  f <- function(z) dnorm(z) * pbeta(plogis(mean + sd * z), a, b, lower.tail = FALSE)
  centre <- digamma(a) - digamma(b)
  spread <- sqrt(trigamma(a) + trigamma(b))
  step <- (centre + spread * c(-8, -4, -2, -1, 0, 1, 2, 4, 8) - mean) / sd
  cuts <- sort(unique(c(-9:9, step[abs(step) < 9])))
  sum(mapply(function(from, to) {
    integrate(f, from, to, rel.tol = 1e-12, abs.tol = 1e-17, stop.on.error = FALSE)$value
  }, head(cuts, -1), tail(cuts, -1)))
}

analyse <- function(y, v, prior, scale, mu_prior = NULL, level = 0.95, rates = NULL) {
  tau_density <- function(tau) {
    if (prior == "half-normal") 2 * dnorm(tau, 0, scale) else 2 * dcauchy(tau, 0, scale)
  }
  # Given tau: posterior of mu and the marginal likelihood.
  given <- function(tau) {
    w <- 1 / (v + tau^2)
    if (is.null(mu_prior)) {
      m <- sum(w * y) / sum(w)
      s2 <- 1 / sum(w)
      log_l <- sum(dnorm(y, m, sqrt(v + tau^2), log = TRUE)) + log(s2) / 2
    } else {
      p <- 1 / mu_prior[2]^2
      s2 <- 1 / (sum(w) + p)
      m <- s2 * (sum(w * y) + p * mu_prior[1])
      log_l <- sum(dnorm(y, m, sqrt(v + tau^2), log = TRUE)) + log(s2) / 2 +
        dnorm(m, mu_prior[1], mu_prior[2], log = TRUE)
    }
    c(m, s2, log_l)
  }
  unit <- max(scale, diff(range(y)), sqrt(max(v)))
  cuts <- unit * c(0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2.5, 5, 10, 30, 100)
  highest <- max(sapply(cuts, function(tau) given(tau)[3]))
  over_tau <- function(f, upto = Inf) {
    g <- function(taus) sapply(taus, function(tau) {
      at <- given(tau)
      exp(at[3] - highest) * tau_density(tau) * f(tau, at[1], at[2])
    })
    ends <- c(cuts[cuts < upto], upto)
    sum(mapply(function(from, to) {
      integrate(g, from, to, rel.tol = 1e-10, abs.tol = 1e-16, subdivisions = 2000,
                stop.on.error = FALSE)$value
    }, head(ends, -1), tail(ends, -1)))
  }
  total <- over_tau(function(tau, m, s2) 1)
  expect <- function(f) over_tau(f) / total
  shares <- c(median = 0.5, lower = (1 - level) / 2, upper = (1 + level) / 2)
  # A quantity that is normal given tau, with this mean and variance.
  marginal <- function(centre, variance) {
    mean <- expect(centre)
    second <- function(tau, m, s2) variance(tau, m, s2) + (centre(tau, m, s2) - mean)^2
    cdf <- function(x) expect(function(tau, m, s2) {
      pnorm(x, centre(tau, m, s2), sqrt(variance(tau, m, s2)))
    })
    sd <- sqrt(expect(second))
    quantile <- function(share) {
      uniroot(function(x) cdf(x) - share, mean + c(-1, 1) * 12 * sd, tol = 1e-11)$root
    }
    c(mean = mean, sd = sd, sapply(shares, quantile))
  }
  tau_mean <- expect(function(tau, m, s2) tau)
  tau_sd <- sqrt(expect(function(tau, m, s2) (tau - tau_mean)^2))
  tau_quantile <- function(share) {
    miss <- function(x) over_tau(function(tau, m, s2) 1, x) / total - share
    uniroot(miss, c(1e-9 * unit, 60 * unit), tol = 1e-11)$root
  }
  study <- function(i) marginal(
    function(tau, m, s2) (tau^2 * y[i] + v[i] * m) / (v[i] + tau^2),
    function(tau, m, s2) v[i] * tau^2 / (v[i] + tau^2) + (v[i] / (v[i] + tau^2))^2 * s2
  )
  above <- function(x, n) expect(function(tau, m, s2) above_normal(x, n, m, sqrt(s2 + tau^2)))
  if (!is.null(rates)) {
    rates$above <- mapply(above, rates$x, rates$n)
    return(list(effect = y, variance = v, tau_prior = prior, tau_scale = scale, rates = rates))
  }
  list(
    effect = y, variance = v, tau_prior = prior, tau_scale = scale, mu_prior = mu_prior,
    level = level,
    mu = as.list(marginal(function(tau, m, s2) m, function(tau, m, s2) s2)),
    tau = as.list(c(mean = tau_mean, sd = tau_sd, sapply(shares, tau_quantile))),
    new = as.list(marginal(function(tau, m, s2) m, function(tau, m, s2) s2 + tau^2)),
    studies = as.data.frame(t(sapply(seq_along(y), study))),
    mu_above_0 = expect(function(tau, m, s2) pnorm(0, m, sqrt(s2), lower.tail = FALSE)),
    new_above_0 = expect(function(tau, m, s2) pnorm(0, m, sqrt(s2 + tau^2), lower.tail = FALSE))
  )
}

bcg <- escalc("RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
y <- as.numeric(bcg$yi)
v <- as.numeric(bcg$vi)
two <- list(y = c(0.25, 0.55), v = c(0.04, 0.06))
rates <- data.frame(x = c(0, 0, 3, 5, 59, 500), n = c(1, 10, 10, 5, 64, 1000))
three <- list(y = c(-0.1, 0.35, 1.2), v = c(0.02, 0.15, 0.09))

values <- list(
  versions = list(R = R.version.string, metafor = as.character(packageVersion("metafor")),
                  metadat = as.character(packageVersion("metadat"))),
  cases = list(
    bcg_half_normal = analyse(y, v, "half-normal", 0.5),
    bcg_half_cauchy = analyse(y, v, "half-cauchy", 0.5),
    bcg_informed = analyse(y, v, "half-normal", 1, c(0, 0.3), 0.9),
    two_half_normal = analyse(two$y, two$v, "half-normal", 0.5),
    two_informed = analyse(two$y, two$v, "half-cauchy", 0.5, c(0, 1)),
    three_half_normal = analyse(three$y, three$v, "half-normal", 1),
    three_half_cauchy = analyse(three$y, three$v, "half-cauchy", 0.5),
    one_half_normal = analyse(0.4, 0.05, "half-normal", 0.5)
  ),
  # A rate beside a new study's: two usual ones, one far narrower than the rates, one far wider.
  beside = list(
    usual = analyse(c(-0.6, -1.1, -0.2), c(0.05, 0.12, 0.3), "half-normal", 1, rates = rates),
    cauchy = analyse(two$y, two$v, "half-cauchy", 0.5, rates = rates),
    narrow = analyse(c(-2, -2), c(1e-4, 1e-4), "half-normal", 0.01, rates = rates),
    narrowest = analyse(c(-9, -9), c(1e-6, 1e-6), "half-normal", 0.001, rates = rates),
    wide = analyse(c(-3, 3), c(1, 1), "half-normal", 5, rates = rates)
  )
)
# toJSON stops at 15 digits, so numbers go through it as text of 17.
exact <- rapply(values, function(x) { x[] <- sprintf("%.17g", x); x }, "numeric", how = "replace")
json <- toJSON(exact, auto_unbox = TRUE, dataframe = "columns")
write(gsub('"(-?[0-9]+([.][0-9]+)?(e[-+]?[0-9]+)?)"', "\\1", json), "values.json")

# Writes values.json: beta-binomial maximum likelihood by optim and Newton steps in base R, with
# the density written by beta functions (the package under test writes it by products).
# Run from any folder: Rscript make.R
suppressMessages({library(metadat); library(jsonlite)})

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

bcg <- dat.bcg
values <- list(
  versions = list(R = R.version.string, metadat = paste("metadat", packageVersion("metadat"))),
  cases = list(
    pritz1997 = case(dat.pritz1997$xi, dat.pritz1997$ni),
    bcg_treated = case(bcg$tpos, bcg$tpos + bcg$tneg),
    empty_arms = case(c(0, 0, 1, 3, 0, 8), c(7, 12, 5, 9, 4, 11)),
    nearly_whole_arms = case(c(0, 0, 5, 5, 1, 3), rep(5, 6))
  )
)

# toJSON stops at 15 digits: write numbers as text with 17, and take the quotes off again.
exact <- rapply(values, function(v) sprintf("%.17g", v), classes = c("numeric", "integer"),
  how = "replace")
text <- toJSON(exact, auto_unbox = TRUE, pretty = TRUE, null = "null")
write(gsub('"(-?[0-9][0-9.e+-]*)"', "\\1", text), file.path(here, "values.json"))

# Reference values for the dose-response rooms. Run in this folder:  Rscript make.R
# Writes values.json (17 digits). Needs DoseFinding, numDeriv, mvtnorm, jsonlite.
suppressMessages({library(DoseFinding); library(jsonlite)})
out <- list(versions = list(
  R = R.version.string,
  DoseFinding = as.character(packageVersion("DoseFinding")),
  mvtnorm = as.character(packageVersion("mvtnorm")),
  numDeriv = as.character(packageVersion("numDeriv"))))

# ---- trend: prop.trend.test, and the permutation distribution by plain enumeration -------------
enumerate <- function(s, x, n) {
  k <- length(n); R <- sum(x); N <- sum(n)
  grid <- as.matrix(expand.grid(lapply(n[-k], function(m) 0:m)))
  last <- R - rowSums(grid)
  ok <- last >= 0 & last <= n[k]
  grid <- cbind(grid[ok, , drop = FALSE], last[ok])
  prob <- exp(rowSums(sapply(seq_len(k), function(i) lchoose(n[i], grid[, i]))) - lchoose(N, R))
  stat <- as.vector(grid %*% s); t <- sum(s * x); e <- R * sum(n * s) / N
  tol <- 1e-9 * max(abs(s)) * R
  list(two_sided = sum(prob[abs(stat - e) >= abs(t - e) - tol]),
       greater = sum(prob[stat >= t - tol]), less = sum(prob[stat <= t + tol]))
}
tables <- list(
  tumours = list(dose = 0:3, responders = c(0, 1, 3, 6), n = rep(50, 4)),
  shr0302 = list(dose = c(0, 4, 8), responders = c(8, 18, 26), n = rep(35, 3)),
  kim = list(dose = c(2.5e7, 5e7), responders = c(5, 6), n = c(14, 11)),
  seo = list(dose = c(5e5, 1e6), responders = c(6, 7), n = c(9, 10)),
  breeze = list(dose = c(0, 2, 4), responders = c(16, 26, 34), n = c(109, 109, 111)),
  uneven = list(dose = c(0, 7.5, 15, 30), responders = c(2, 0, 4, 3), n = c(9, 6, 8, 5)),
  logs = list(dose = log(c(1, 2, 4, 9)), responders = c(5, 3, 4, 1), n = c(9, 6, 8, 7)))
out$trend <- lapply(tables, function(d) {
  chi <- suppressWarnings(prop.trend.test(d$responders, d$n, score = d$dose))
  c(d, list(chi2 = unname(chi$statistic), p = chi$p.value), enumerate(d$dose, d$responders, d$n))
})

# ---- binomial likelihood: glm and confint for lines, nlminb from many starts for curves --------
bin5 <- list(dose = c(0, 1, 2, 4, 8), responders = c(3, 6, 9, 14, 15), n = rep(25, 5))
eta <- list(
  emax = function(p, d) p[1] + p[2] * d / (p[3] + d),
  `sigmoid-emax` = function(p, d) p[1] + p[2] * d^p[4] / (p[3]^p[4] + d^p[4]),
  exponential = function(p, d) p[1] + p[2] * (exp(d / p[3]) - 1),
  logistic = function(p, d) p[1] + p[2] / (1 + exp((p[3] - d) / p[4])))
box <- function(model, top) switch(model,
  emax = list(l = .001 * top, u = 1.5 * top),
  `sigmoid-emax` = list(l = c(.001 * top, .5), u = c(1.5 * top, 10)),
  exponential = list(l = .1 * top, u = 2 * top),
  logistic = list(l = c(.001, .01) * top, u = c(1.5, .5) * top))
nll <- function(p, model, d) -sum(dbinom(d$responders, d$n, plogis(eta[[model]](p, d$dose)), log = TRUE))
search <- function(model, d, fixed = NULL, at = NULL, starts = 60) {
  b <- box(model, max(d$dose)); q <- length(b$l); set.seed(1); best <- list(objective = Inf)
  lo <- c(-Inf, -Inf, b$l); up <- c(Inf, Inf, b$u); free <- setdiff(seq_len(2 + q), fixed)
  for (i in seq_len(starts)) {
    p0 <- c(rnorm(1, -1.5, 1), rnorm(1, 2, 3), exp(runif(q, log(b$l), log(b$u))))
    if (!is.null(fixed)) p0[fixed] <- at
    f <- function(x) { p <- p0; p[free] <- x; nll(p, model, d) }
    r <- try(nlminb(p0[free], f, lower = lo[free], upper = up[free],
                    control = list(rel.tol = 1e-15, x.tol = 1e-12, iter.max = 1000, eval.max = 3000)), silent = TRUE)
    if (!inherits(r, "try-error") && is.finite(r$objective) && r$objective < best$objective) {
      best <- r; p <- p0; p[free] <- r$par; best$p <- p }
  }
  best
}
profile_limits <- function(model, d, j, best, step) {
  cut <- best$objective + qchisq(.95, 1) / 2
  b <- box(model, max(d$dose)); q <- length(b$l)
  lo <- c(-Inf, -Inf, b$l); up <- c(Inf, Inf, b$u)
  sapply(c(-1, 1), function(sign) {
    f <- function(x) search(model, d, j, x, 12)$objective - cut
    inner <- best$p[j]; outer <- inner; h <- step
    repeat {
      outer <- min(max(best$p[j] + sign * h, lo[j]), up[j])
      if (f(outer) > 0) break
      if (outer == lo[j] || outer == up[j]) return(outer)
      inner <- outer; h <- 2 * h
    }
    uniroot(f, sort(c(inner, outer)), tol = 1e-9)$root
  })
}
curves <- lapply(names(eta), function(m) {
  best <- search(m, bin5); p <- best$p; b <- box(m, max(bin5$dose))
  free <- c(TRUE, TRUE, abs(p[-(1:2)] - b$l) > 1e-6 & abs(p[-(1:2)] - b$u) > 1e-6)
  H <- numDeriv::hessian(function(x) { y <- p; y[free] <- x; nll(y, m, bin5) }, p[free])
  lim <- t(sapply(seq_along(p), function(j) profile_limits(m, bin5, j, best, .3)))
  list(estimate = p, loglik = -best$objective, free = free, se = sqrt(diag(solve(H))), limits = lim)
})
names(curves) <- names(eta)
lines <- function(d) {
  y <- cbind(d$responders, d$n - d$responders); off <- .01 * max(d$dose)
  f <- list(constant = glm(y ~ 1, binomial), linear = glm(y ~ d$dose, binomial),
            `log-linear` = glm(y ~ log1p(d$dose / off), binomial))
  lapply(f, function(g) { g <- update(g, control = list(epsilon = 1e-14, maxit = 100))
    list(estimate = unname(coef(g)), se = unname(sqrt(diag(vcov(g)))), loglik = as.numeric(logLik(g)),
         deviance = deviance(g)) })
}
# confint.glm interpolates; the limits are solved for here.
line_limits <- function(d) {
  y <- cbind(d$responders, d$n - d$responders)
  f <- function(p) -sum(dbinom(d$responders, d$n, plogis(p[1] + p[2] * d$dose), log = TRUE))
  g <- glm(y ~ d$dose, binomial, control = list(epsilon = 1e-14)); best <- f(coef(g)); cut <- best + qchisq(.95, 1) / 2
  t(sapply(1:2, function(j) sapply(c(-1, 1), function(sign) {
    pr <- function(x) optimize(function(z) { p <- numeric(2); p[j] <- x; p[3 - j] <- z; f(p) },
                               coef(g)[3 - j] + c(-8, 8) * sqrt(diag(vcov(g)))[3 - j], tol = 1e-12)$objective - cut
    se <- sqrt(diag(vcov(g)))[j]
    uniroot(pr, sort(coef(g)[j] + sign * c(0, 5) * se), tol = 1e-12)$root })))
}
shr <- tables$shr0302
out$binomial <- list(data5 = bin5, curves = curves, lines5 = lines(bin5), lines3 = lines(shr),
                     limits3 = line_limits(shr), data3 = shr)

# ---- means: DoseFinding ------------------------------------------------------------------------
data(biom)
av <- lm(resp ~ factor(dose) - 1, biom)
sets <- list(
  upadacitinib = list(dose = c(0, 7.5, 15, 30), mean = c(-23, -39, -62, -74), se = c(6.4, 6.2, 6.1, 6.1)),
  biom = list(dose = sort(unique(biom$dose)), mean = unname(coef(av)), se = unname(sqrt(diag(vcov(av))))))
names_df <- c(constant = NA, linear = "linear", `log-linear` = "linlog", emax = "emax",
              `sigmoid-emax` = "sigEmax", exponential = "exponential", logistic = "logistic")
out$means <- lapply(sets, function(d) {
  use <- names(names_df)[!is.na(names_df)]
  if (length(d$dose) < 5) use <- setdiff(use, c("sigmoid-emax", "logistic"))
  fits <- lapply(use, function(m) {
    f <- suppressMessages(fitMod(d$dose, d$mean, S = diag(d$se^2), model = names_df[[m]], type = "general",
                bnds = if (m %in% c("linear", "log-linear")) NULL else defBnds(max(d$dose))[[names_df[[m]]]]))
    se <- tryCatch(unname(sqrt(diag(vcov(f)))), error = function(e) NULL)
    p <- predict(f, predType = "effect-curve", doseSeq = d$dose, se.fit = FALSE)
    resid <- d$mean - predict(f, predType = "ls-means", doseSeq = d$dose)
    list(estimate = unname(coef(f)), se_expected = se, rss = sum(resid^2 / d$se^2), effect = unname(p))
  })
  names(fits) <- use; c(d, list(fits = fits))
})

# ---- MCP: optimal contrasts and the multiplicity-adjusted test -----------------------------------
set.seed(20240501)
mcp <- function(dose, est, S, mods) {
  r <- MCTtest(dose, est, S = S, models = mods, type = "general", alternative = "one.sided", alpha = .025,
               critV = TRUE, mvtcontrol = mvtnorm.control(maxpts = 3e6, abseps = 1e-8, releps = 1e-6))
  cm <- r$contMat
  list(dose = dose, estimate = est, variance = diag(S), models = colnames(cm), contrasts = unname(t(cm)),
       correlation = unname(r$corMat), statistic = unname(as.vector(r$tStat)),
       p = unname(as.vector(attr(r$tStat, "pVal"))), critical = as.numeric(r$critVal))
}
m30 <- Mods(linear = NULL, emax = 6, exponential = 8.4, sigEmax = c(15, 3), logistic = c(15, 3),
            doses = c(0, 7.5, 15, 30), addArgs = list(off = .3), linlog = NULL)
ud <- sets$upadacitinib
out$mcp <- list(upadacitinib = mcp(ud$dose, -ud$mean, diag(ud$se^2), m30))
p3 <- shr$responders / shr$n
m8 <- Mods(linear = NULL, emax = 1.6, exponential = 2.24, doses = shr$dose)
out$mcp$shr0302 <- mcp(shr$dose, qlogis(p3), diag(1 / (shr$n * p3 * (1 - p3))), m8)
b4 <- tables$breeze; pb <- b4$responders / b4$n
mb <- Mods(linear = NULL, emax = .8, exponential = 1.12, doses = b4$dose)
out$mcp$breeze <- mcp(b4$dose, qlogis(pb), diag(1 / (b4$n * pb * (1 - pb))), mb)
# Two dimensions (three doses) allow the exact probability: one integral over the angle.
exact2 <- function(S, C, q) {
  root <- t(chol(S)); b <- C %*% root; b <- b / sqrt(rowSums(b^2))
  basis <- svd(b)$v[, 1:2]; u <- b %*% basis
  h <- function(w) sapply(w, function(a) { m <- max(u %*% c(cos(a), sin(a)))
    if (m <= 0) 0 else exp(-(q / m)^2 / 2) })
  # Integrand has kinks where the leading contrast changes: a fine composite Gauss rule.
  g <- seq(-pi, pi, length.out = 20001); mid <- (g[-1] + g[-20001]) / 2; hw <- diff(g)[1] / 2
  x <- c(-0.861136311594053, -0.339981043584856, 0.339981043584856, 0.861136311594053)
  w <- c(0.347854845137454, 0.652145154862546, 0.652145154862546, 0.347854845137454)
  sum(sapply(1:4, function(i) w[i] * sum(h(mid + hw * x[i])))) * hw / (2 * pi)
}
for (name in c("shr0302", "breeze")) {
  o <- out$mcp[[name]]
  S <- diag(o$variance)
  out$mcp[[name]]$p_exact <- sapply(o$statistic, function(z) exact2(S, o$contrasts, z))
  out$mcp[[name]]$critical_exact <- uniroot(function(q) exact2(S, o$contrasts, q) - .025, c(1.5, 3), tol = 1e-11)$root
}

write_json(out, "values.json", digits = 17, auto_unbox = TRUE, pretty = TRUE, null = "null", matrix = "rowmajor")

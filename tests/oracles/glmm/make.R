# Writes values.json: random-intercept logistic fits by lme4 and metafor, and by a direct
# maximisation of the likelihood integrated with R's integrate(), which is the tighter reference.
# Run from any folder: Rscript make.R
suppressMessages({library(lme4); library(metafor); library(metadat); library(jsonlite)})

here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)))

# Log-likelihood with binomial coefficients; each group's integral is taken in pieces around the
# mode of its integrand, so that integrate() cannot step over a narrow peak.
log_likelihood <- function(theta, x, n, X, group) {
  beta <- theta[seq_len(ncol(X))]
  tau <- theta[ncol(X) + 1]
  eta <- drop(X %*% beta)
  total <- 0
  for (g in unique(group)) {
    i <- which(group == g)
    height <- function(z) {
      vapply(z, function(one) {
        sum(dbinom(x[i], n[i], plogis(eta[i] + tau * one), log = TRUE)) + dnorm(one, log = TRUE)
      }, 0)
    }
    mode <- optimize(height, c(-9, 9), maximum = TRUE, tol = 1e-10)$maximum
    top <- height(mode)
    step <- 1e-4
    width <- 1 / sqrt(-(height(mode + step) - 2 * top + height(mode - step)) / step^2)
    inside <- mode + width * c(-40, -20, -10, -6, -4, -2, 0, 2, 4, 6, 10, 20, 40)
    cuts <- sort(unique(c(-10, inside[inside > -10 & inside < 10], 10)))
    area <- 0
    for (j in seq_len(length(cuts) - 1)) {
      area <- area + integrate(function(z) exp(height(z) - top), cuts[j], cuts[j + 1],
        rel.tol = 1e-12, abs.tol = 1e-16, subdivisions = 500L)$value
    }
    total <- total + top + log(area)
  }
  total
}

# Central differences of fourth order.
slope <- function(f, at, h) {
  sapply(seq_along(at), function(j) {
    e <- replace(numeric(length(at)), j, h[j])
    (8 * (f(at + e) - f(at - e)) - (f(at + 2 * e) - f(at - 2 * e))) / 12 / h[j]
  })
}

maximum <- function(start, x, n, X, group) {
  f <- function(theta) log_likelihood(theta, x, n, X, group)
  cost <- function(theta) tryCatch(-f(theta), error = function(e) 1e10)
  rough <- optim(start, cost, control = list(reltol = 1e-12, maxit = 4000))
  theta <- rough$par
  for (pass in 1:6) {
    h <- 2e-3 * pmax(abs(theta), 0.2)
    g <- slope(f, theta, h)
    H <- sapply(seq_along(theta), function(j) {
      e <- replace(numeric(length(theta)), j, h[j])
      (8 * (slope(f, theta + e, h) - slope(f, theta - e, h)) -
        (slope(f, theta + 2 * e, h) - slope(f, theta - 2 * e, h))) / 12 / h[j]
    })
    H <- (H + t(H)) / 2
    theta <- theta - solve(H, g)
    if (max(abs(g)) < 1e-9) break
  }
  V <- solve(-H)
  tau <- abs(theta[length(theta)])
  p <- ncol(X)
  list(
    beta = (theta[seq_len(p)]), se = (sqrt(diag(V))[seq_len(p)]), tau2 = tau^2,
    tau2_se = 2 * tau * sqrt(diag(V)[p + 1]), log_likelihood = f(theta), slope = max(abs(g))
  )
}

case <- function(name, x, n, X = NULL, group = NULL, direct = TRUE) {
  design <- cbind(rep(1, length(x)), X)
  alone <- is.null(group)
  if (alone) group <- seq_along(x)
  data <- data.frame(x = x, n = n, group = factor(group), m = design)
  columns <- paste(grep("^m", names(data), value = TRUE), collapse = " + ")
  formula <- as.formula(paste("cbind(x, n - x) ~ 0 +", columns, "+ (1 | group)"))
  fit <- suppressMessages(glmer(formula, data, family = binomial, nAGQ = 25,
    control = glmerControl(check.conv.singular = "ignore")))
  tau <- as.data.frame(VarCorr(fit))$sdcor
  common <- glm(cbind(x, n - x) ~ 0 + ., family = binomial, data = data[names(data) != "group"],
    control = glm.control(epsilon = 1e-15, maxit = 100))
  out <- list(
    x = x, n = n, X = if (!is.null(X)) as.matrix(X), group = if (!alone) group,
    lme4 = list(beta = (unname(fixef(fit))), se = (unname(sqrt(diag(as.matrix(vcov(fit)))))),
      tau2 = tau^2,
      log_likelihood = log_likelihood(c(fixef(fit), tau), x, n, design, group)),
    common = list(beta = (unname(coef(common))), se = (unname(sqrt(diag(vcov(common))))),
      log_likelihood = as.numeric(logLik(common)), deviance = deviance(common))
  )
  if (direct) out$direct <- maximum(c(fixef(fit), max(tau, 0.05)), x, n, design, group)
  if (alone) {
    meta <- tryCatch(
      if (is.null(X)) {
        rma.glmm(measure = "PLO", xi = x, ni = n, nAGQ = 25)
      } else {
        rma.glmm(measure = "PLO", xi = x, ni = n, mods = X, nAGQ = 25)
      },
      error = function(e) NULL
    )
    if (!is.null(meta)) {
      out$metafor <- list(beta = (as.numeric(meta$beta)), se = (meta$se), tau2 = meta$tau2,
        QE.LRT = meta$QE.LRT, QE.df = meta$QE.df,
        aic = as.numeric(meta$fit.stats["AIC", "ML"]),
        aicc = as.numeric(meta$fit.stats["AICc", "ML"]),
        log_likelihood = as.numeric(meta$fit.stats["ll", "ML"]))
      if (is.null(X)) {
        limits <- predict(meta, transf = plogis)
        out$metafor$predict <- (c(limits$pred, limits$ci.lb, limits$ci.ub,
          limits$pi.lb, limits$pi.ub))
      }
    }
  }
  if (is.null(X)) {
    # The marginal mean at the direct maximum.
    best <- out$direct
    if (!is.null(best)) {
      out$mean <- integrate(function(z) plogis(best$beta + sqrt(best$tau2) * z) * dnorm(z),
        -12, 12, rel.tol = 1e-13, subdivisions = 1000L)$value
    }
  }
  message(name)
  out
}

bcg <- dat.bcg
both <- data.frame(
  x = c(bcg$tpos, bcg$cpos), n = c(bcg$tpos + bcg$tneg, bcg$cpos + bcg$cneg),
  treated = rep(1:0, each = 13), latitude = rep(bcg$ablat, 2), trial = rep(1:13, 2)
)
doses <- data.frame(
  alike = c(1, 3, 5, 2, 6, 0, 2, 4, 7, 3, 9, 1, 1, 5),
  unlike = c(1, 3, 5, 6, 12, 0, 1, 2, 5, 3, 9, 2, 3, 6),
  n = c(10, 11, 10, 15, 14, 8, 9, 9, 10, 30, 28, 6, 5, 7),
  dose = c(0, 1, 2, 0, 2, 0, 0.5, 1, 3, 0, 1, 0, 0.5, 2),
  study = c(1, 1, 1, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 5)
)

values <- list(
  versions = list(R = R.version.string, lme4 = paste("lme4", packageVersion("lme4")),
    metafor = paste("metafor", packageVersion("metafor")),
    metadat = paste("metadat", packageVersion("metadat"))),
  cases = list(
    pritz1997 = case("pritz1997", dat.pritz1997$xi, dat.pritz1997$ni),
    bcg_controls_latitude = case("bcg_controls_latitude", bcg$cpos, bcg$cpos + bcg$cneg,
      cbind(bcg$ablat)),
    bcg_both_arms = case("bcg_both_arms", both$x, both$n, cbind(both$treated, both$latitude),
      both$trial),
    dose_response = case("dose_response", doses$unlike, doses$n, cbind(doses$dose), doses$study),
    dose_response_alike = case("dose_response_alike", doses$alike, doses$n, cbind(doses$dose),
      doses$study, direct = FALSE),
    empty_arms = case("empty_arms", c(0, 0, 1, 3, 0, 8), c(7, 12, 5, 9, 4, 11)),
    large_tau = case("large_tau", c(0, 0, 5, 5, 1, 3), rep(5, 6)),
    homogeneous = case("homogeneous", c(5, 6, 4, 7, 5), c(20, 22, 19, 24, 18), direct = FALSE)
  )
)

# toJSON stops at 15 digits: write numbers as text with 17, and take the quotes off again.
exact <- rapply(values, function(v) sprintf("%.17g", v), classes = c("numeric", "integer"),
  how = "replace")
text <- toJSON(exact, auto_unbox = TRUE, pretty = TRUE, null = "null")
write(gsub('"(-?[0-9][0-9.e+-]*)"', "\\1", text), file.path(here, "values.json"))

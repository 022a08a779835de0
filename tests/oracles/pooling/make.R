# Writes values.json: what metafor gives for the data sets of metadat, and for small cases.
# Run: Rscript make.R   (R with metafor and metadat)
suppressMessages({library(metafor); library(metadat)})

# JSON with 17 significant digits, so that every number is read back as it was.
unbox <- function(x) structure(unname(x), single = TRUE)
json <- function(x) {
  joined <- function(parts, open, close) paste0(open, paste(parts, collapse = ","), close)
  if (is.list(x)) {
    parts <- vapply(x, json, "")
    if (is.null(names(x))) return(joined(parts, "[", "]"))
    return(joined(paste0('"', names(x), '":', parts), "{", "}"))
  }
  if (is.matrix(x)) return(joined(apply(x, 1, function(row) json(c(row))), "[", "]"))
  text <- if (is.character(x)) paste0('"', x, '"')
    else if (is.logical(x)) ifelse(x, "true", "false")
    else { stopifnot(all(is.finite(x))); sprintf("%.17g", x) }
  if (isTRUE(attr(x, "single"))) text else joined(text, "[", "]")
}

methods <- c("REML", "PM", "DL", "ML", "EB", "SJ")
tests <- c("z", "knha", "adhoc")
# metafor's own tolerances stop at 1e-4 (PM, Q-profile) or 1e-5 (the others).
# Its threshold for REML, ML and EB is absolute, hence in units of the spread of the effects.
tight <- function(method, yi) {
  if (method == "PM") list(tol = 1e-14, tau2.max = 1e6)
  else list(threshold = 1e-13 * var(c(yi)), maxiter = 100000)
}

fit_with <- function(yi, vi, method, test = "z", level = 95) {
  rma(yi, vi, method = method, test = test, level = level, control = tight(method, yi))
}

predictions <- function(fit, vi, level = 95) {
  k <- fit$k; p <- 1 - (1 - level / 100) / 2; b <- c(fit$beta)
  w <- 1 / (vi + fit$tau2); wald <- sqrt(1 / sum(w))
  q <- sum(w * (fit$yi - b)^2) / (k - 1)
  limits <- function(se, t) b + c(-1, 1) * t * sqrt(fit$tau2 + se^2)
  out <- list(
    "normal" = limits(wald, qnorm(p)), "k-1" = limits(wald, qt(p, k - 1)),
    "hartung-knapp-k-1" = limits(wald * sqrt(q), qt(p, k - 1)),
    "hartung-knapp-safeguarded-k-1" = limits(wald * sqrt(max(1, q)), qt(p, k - 1)))
  if (k > 2) out <- c(out, list(
    "k-2" = limits(wald, qt(p, k - 2)),
    "hartung-knapp-k-2" = limits(wald * sqrt(q), qt(p, k - 2)),
    "hartung-knapp-safeguarded-k-2" = limits(wald * sqrt(max(1, q)), qt(p, k - 2))))
  out
}

one_fit <- function(yi, vi, method, level = 95) {
  base <- fit_with(yi, vi, method, level = level)
  intervals <- lapply(setNames(tests, tests), function(test) {
    fit <- fit_with(yi, vi, method, test, level)
    list(se = unbox(fit$se), lower = unbox(fit$ci.lb), upper = unbox(fit$ci.ub), p = unbox(fit$pval))
  })
  restricted <- method != "ML"
  list(estimate = unbox(c(base$beta)), tau2 = unbox(base$tau2), Q = unbox(base$QE),
       Q_p = unbox(base$QEp), I2 = unbox(base$I2 / 100), H2 = unbox(base$H2),
       weights = unname(weights(base)) / 100, intervals = intervals,
       log_likelihood = unbox(c(logLik(base, REML = method == "REML"))),
       predictions = predictions(base, vi, level))
}

case <- function(name, yi, vi, level = 95) {
  yi <- as.numeric(yi); vi <- as.numeric(vi)
  reml <- fit_with(yi, vi, "REML", level = level)
  profile <- confint(reml, control = list(tol = 1e-14, tau2.max = 1e6), digits = 15)$random
  common <- lapply(setNames(tests, tests), function(test) {
    # metafor warns that this test is unusual with a common effect, and computes it.
    fit <- suppressWarnings(rma(yi, vi, method = "EE", test = test, level = level))
    list(estimate = unbox(c(fit$beta)), se = unbox(fit$se), lower = unbox(fit$ci.lb),
         upper = unbox(fit$ci.ub), p = unbox(fit$pval), I2 = unbox(fit$I2 / 100))
  })
  list(name = unbox(name), yi = yi, vi = vi, level = unbox(level / 100),
       fits = lapply(setNames(methods, methods), function(m) one_fit(yi, vi, m, level)),
       common = common,
       q_profile = unname(profile["tau^2", c("ci.lb", "ci.ub")]))
}

bcg <- dat.bcg
cells <- function(measure, d = bcg, ...) escalc(measure = measure, ai = tpos, bi = tneg, ci = cpos, di = cneg, data = d, ...)
rr <- cells("RR"); or <- cells("OR"); rd <- cells("RD")
bourassa <- escalc(measure = "OR", ai = lh.le, bi = lh.re, ci = rh.le, di = rh.re, data = dat.bourassa1996)
bourassa <- bourassa[!is.na(bourassa$vi), ]
li <- escalc(measure = "OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = dat.li2007)
normand <- escalc(measure = "MD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = dat.normand1999)
hine <- escalc(measure = "RD", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = dat.hine1989)

cases <- list(
  case("dat.bcg, log RR", rr$yi, rr$vi), case("dat.bcg, log OR", or$yi, or$vi),
  case("dat.bcg, RD", rd$yi, rd$vi), case("dat.bcg, log RR, level 0.8", rr$yi, rr$vi, 80),
  case("dat.hackshaw1998, log OR", dat.hackshaw1998$yi, dat.hackshaw1998$vi),
  case("dat.li2007, log OR", li$yi, li$vi),
  case("dat.bourassa1996, log OR", bourassa$yi, bourassa$vi),
  case("dat.normand1999, MD", normand$yi, normand$vi),
  case("dat.hine1989, RD, homogeneous", hine$yi, hine$vi),
  case("dat.raudenbush1985, SMD", dat.raudenbush1985$yi, dat.raudenbush1985$vi),
  case("dat.curtis1998 in the unit of 1e-3", escalc(measure = "ROM", m1i = m1i, sd1i = sd1i, n1i = n1i,
    m2i = m2i, sd2i = sd2i, n2i = n2i, data = dat.curtis1998)$yi * 1e3,
    escalc(measure = "ROM", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i,
    data = dat.curtis1998)$vi * 1e6),
  case("two studies of dat.bcg, log RR", rr$yi[c(4, 8)], rr$vi[c(4, 8)]),
  case("three studies of dat.bcg, log RR", rr$yi[c(1, 4, 7)], rr$vi[c(1, 4, 7)]))

# Two data sets with two maxima of the restricted likelihood, of which metafor finds the lower.
maxima <- lapply(list(
  list(yi = c(-1.7, -1.5, 0, -2, 0), vi = c(0.5, 5, 0.01, 0.5, 0.01)),
  list(yi = c(0.4, 13.6, 0.4, 0.9, 0, -0.1), vi = c(0.01, 10, 0.01, 0.05, 0.01, 0.5))),
  function(d) {
    fit <- fit_with(d$yi, d$vi, "REML")
    at <- c(0.01, 0.1, 0.8, 8.7)
    list(yi = d$yi, vi = d$vi, tau2 = unbox(fit$tau2), log_likelihood = unbox(c(logLik(fit))),
         at = at, log_likelihood_at = sapply(at, function(t) c(logLik(rma(d$yi, d$vi, tau2 = t)))))
  })

effects <- list()
nielweise <- dat.nielweise2007
for (measure in c("RD", "RR", "OR")) for (to in c("only0", "if0all", "all")) {
  d <- escalc(measure = measure, ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = nielweise, to = to)
  effects[[length(effects) + 1]] <- list(measure = unbox(measure), to = unbox(to), yi = c(d$yi), vi = c(d$vi))
}
for (measure in c("RD", "RR", "OR")) {
  d <- cells(measure, to = "none")
  effects[[length(effects) + 1]] <- list(measure = unbox(measure), to = unbox("none"), yi = c(d$yi), vi = c(d$vi))
}
counts <- list(
  nielweise = list(x1 = nielweise$ai, n1 = nielweise$n1i, x0 = nielweise$ci, n0 = nielweise$n2i),
  bcg = list(x1 = bcg$tpos, n1 = bcg$tpos + bcg$tneg, x0 = bcg$cpos, n0 = bcg$cpos + bcg$cneg,
             year = bcg$year, alloc = bcg$alloc))

# Trials with several arms against one: dat.hasselblad1998, each arm against the first of its trial.
h <- dat.hasselblad1998
arms <- do.call(rbind, lapply(split(h, h$study), function(d) {
  data.frame(study = d$study[1], x1 = d$xi[-1], n1 = d$ni[-1], x0 = d$xi[1], n0 = d$ni[1])
}))
arms <- arms[arms$x1 > 0 & arms$x0 > 0, ]
shared <- list(study = arms$study, x1 = arms$x1, n1 = arms$n1, x0 = arms$x0, n0 = arms$n0)
same <- outer(arms$study, arms$study, "==")
for (measure in c("RD", "RR", "OR")) {
  d <- escalc(measure = measure, ai = x1, n1i = n1, ci = x0, n2i = n0, data = arms, to = "none")
  p0 <- arms$x0 / arms$n0
  part <- switch(measure, RD = p0 * (1 - p0) / arms$n0, RR = 1 / arms$x0 - 1 / arms$n0,
                 OR = 1 / arms$x0 + 1 / (arms$n0 - arms$x0))
  V <- same * part; diag(V) <- d$vi
  k <- nrow(V)
  out <- list(V = V)
  for (rho in c(0, 0.5)) for (method in c("REML", "ML", "EE")) {
    R <- ifelse(same, rho, 0); diag(R) <- 1; dimnames(R) <- list(1:k, 1:k)
    effect <- 1:k
    fit <- if (method == "EE") rma.mv(d$yi, V) else
      rma.mv(d$yi, V, random = ~ 1 | effect, R = list(effect = R), Rscale = 0, method = method,
             control = list(optimizer = "hjk", tol = 1e-12))
    tau2 <- if (method == "EE") 0 else fit$sigma2
    # By the textbook formulas, for what rma.mv does not have.
    W <- solve(V + tau2 * R); one <- rep(1, k)
    b <- sum(W %*% d$yi) / sum(W)
    q <- c(t(d$yi - b) %*% W %*% (d$yi - b)) / (k - 1)
    out[[paste(method, rho)]] <- list(
      estimate = unbox(c(fit$beta)), se = unbox(fit$se), tau2 = unbox(tau2), Q = unbox(fit$QE),
      log_likelihood = unbox(c(logLik(fit))),
      hartung_knapp_se = unbox(sqrt(q / sum(W))), weights = colSums(W) / sum(W),
      formula_estimate = unbox(b))
  }
  shared[[measure]] <- out
}

reml <- fit_with(rr$yi, rr$vi, "REML")
without <- lapply(1:13, function(i) fit_with(rr$yi[-i], rr$vi[-i], "REML"))
raudenbush <- dat.raudenbush1985
influences <- lapply(list(reml, fit_with(raudenbush$yi, raudenbush$vi, "REML")), function(fit) {
  inf <- influence(fit)
  c(lapply(unclass(inf$inf)[c("rstudent", "dffits", "cook.d", "cov.r", "tau2.del", "QE.del", "hat")],
           function(x) unname(x)),
    list(yi = c(fit$yi), vi = c(fit$vi), dfbetas = unname(inf$dfbs$intrcpt),
         influential = unname(inf$is.infl)))
})
sensitivity <- list(
  leave_one_out = lapply(without, function(f) list(estimate = unbox(c(f$beta)), se = unbox(f$se),
    tau2 = unbox(f$tau2), I2 = unbox(f$I2 / 100), Q = unbox(f$QE))),
  cumulative = lapply(1:13, function(j) {
    i <- order(bcg$year)[1:j]
    f <- if (j == 1) rma(rr$yi[i], rr$vi[i]) else fit_with(rr$yi[i], rr$vi[i], "REML")
    list(estimate = unbox(c(f$beta)), se = unbox(f$se), tau2 = unbox(f$tau2))
  }),
  influence = influences)
groups <- lapply(unique(bcg$alloc), function(g) fit_with(rr$yi[bcg$alloc == g], rr$vi[bcg$alloc == g], "REML"))
between <- rma(sapply(groups, function(f) c(f$beta)), sapply(groups, function(f) f$se)^2, method = "EE")
sensitivity$subgroups <- list(names = unique(bcg$alloc), estimate = sapply(groups, function(f) c(f$beta)),
  tau2 = sapply(groups, function(f) f$tau2), Q = unbox(between$QE), p = unbox(between$QEp))
g <- suppressMessages(gosh(rma(yi, vi, data = rr[1:6, ], control = list(threshold = 1e-13, maxiter = 100000)), progbar = FALSE))
sensitivity$gosh <- list(k = g$res$k, estimate = g$res$estimate, tau2 = g$res$tau2, I2 = g$res$I2 / 100, Q = g$res$QE)

egger_case <- function(yi, vi) {
  r <- regtest(yi, vi, model = "lm", predictor = "sei")
  co <- coef(summary(r$fit))
  list(yi = c(yi), vi = c(vi), bias = unbox(co[2, 1]), se = unbox(co[2, 2]), t = unbox(r$zval),
       df = unbox(r$ddf), p = unbox(r$pval), limit = unbox(co[1, 1]), limit_se = unbox(co[1, 2]),
       confint = unname(confint(r$fit)[2, ]))
}
egger <- list(egger_case(rr$yi, rr$vi), egger_case(dat.hackshaw1998$yi, dat.hackshaw1998$vi))

writeLines(json(list(
  versions = list(R = unbox(R.version.string), metafor = unbox(as.character(packageVersion("metafor"))),
                  metadat = unbox(as.character(packageVersion("metadat")))),
  cases = cases, maxima = maxima, effects = effects, counts = counts, shared = shared,
  sensitivity = sensitivity, egger = egger)), "values.json")

# Writes values.json: meta-regressions by metafor on data sets of metadat.
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
    else { stopifnot(all(is.finite(x))); sprintf("%.17g", x) }
  if (isTRUE(attr(x, "single"))) text else joined(text, "[", "]")
}

methods <- c("REML", "ML", "PM", "DL", "EB", "SJ")
tests <- c("z", "knha", "adhoc")
# metafor's own tolerances stop at 1e-4 (PM) or 1e-5 (the others); REML, ML and EB are absolute.
tight <- function(method, yi) {
  if (method == "PM") list(tol = 1e-14, tau2.max = 1e6)
  else list(threshold = 1e-13 * var(c(yi)), maxiter = 100000)
}
known <- function(x) if (length(x) == 0 || is.na(x)) unbox("nan") else unbox(x)

one <- function(yi, vi, mods, method) {
  fit <- function(test) {
    rma(yi, vi, mods = mods, method = method, test = test, control = tight(method, yi))
  }
  base <- fit("z")
  without <- rma(yi, vi, method = method, control = tight(method, yi))$tau2
  new <- colMeans(mods)
  list(
    tau2 = unbox(base$tau2), QE = unbox(base$QE), QE_p = unbox(base$QEp),
    I2 = unbox(base$I2 / 100), H2 = unbox(base$H2),
    # R2 of metafor is of its own fit without moderators, which stops at its own tolerance.
    R2 = known(if (without > 0) max(0, 1 - base$tau2 / without) else NA), without = unbox(without),
    log_likelihood = unbox(c(logLik(base, REML = method == "REML"))),
    tests = lapply(setNames(tests, tests), function(test) {
      it <- fit(test)
      at <- predict(it, newmods = new)
      # Limits for a new study: of metafor, by z or by t on k - p degrees of freedom.
      list(estimate = c(it$beta), se = it$se, lower = it$ci.lb, upper = it$ci.ub, p = it$pval,
           QM = unbox(it$QM), QM_p = unbox(it$QMp),
           predicted = c(at$pred, at$ci.lb, at$ci.ub, at$pi.lb, at$pi.ub))
    }))
}

case <- function(name, yi, vi, mods, groups = list()) {
  yi <- as.numeric(yi); vi <- as.numeric(vi)
  # Tests of one moderator of several coefficients at a time.
  parts <- lapply(groups, function(columns) {
    lapply(setNames(c("z", "knha"), c("z", "knha")), function(test) {
      fit <- rma(yi, vi, mods = mods, method = "DL", test = test)
      it <- anova(fit, btt = 1 + columns)
      list(statistic = unbox(it$QM), p = unbox(it$QMp))
    })
  })
  list(name = unbox(name), yi = yi, vi = vi, mods = unname(mods), new = unname(colMeans(mods)),
       fits = lapply(setNames(methods, methods), function(m) one(yi, vi, mods, m)),
       parts = parts)
}

bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
alloc <- cbind(as.numeric(bcg$alloc == "random"), as.numeric(bcg$alloc == "systematic"))
write <- na.omit(dat.bangertdrowns2004[c("yi", "vi", "length", "wic", "feedback", "grade")])
hine <- escalc(measure = "RD", n1i = n1i, n2i = n2i, ai = ai, ci = ci, data = dat.hine1989)
cases <- list(
  case("bcg, latitude", bcg$yi, bcg$vi, cbind(bcg$ablat)),
  case("bcg, latitude and year", bcg$yi, bcg$vi, cbind(bcg$ablat, bcg$year)),
  case("bcg, latitude and allocation", bcg$yi, bcg$vi, cbind(bcg$ablat, alloc),
       list(1, c(2, 3))),
  case("writing, four moderators", write$yi, write$vi,
       cbind(write$length, write$wic, write$feedback, write$grade)),
  case("lidocaine, size", hine$yi, hine$vi, cbind(hine$n1i + hine$n2i)))

# Contrasts that share a control arm: covariance V, correlation of true effects R.
arms <- dat.bcg[1:8, ]
yi <- as.numeric(bcg$yi[1:8]); vi <- as.numeric(bcg$vi[1:8])
control <- c(1, 1, 2, 2, 2, 3, 4, 5)
common <- 0.4 * ave(vi, control, FUN = min)
V <- ifelse(outer(control, control, "=="), outer(common, rep(1, 8)), 0); diag(V) <- vi
R <- ifelse(outer(control, control, "=="), 0.5, 0); diag(R) <- 1
dimnames(R) <- list(1:8, 1:8)
effect <- 1:8
mods <- cbind(arms$ablat)
shared <- lapply(setNames(c("REML", "ML"), c("REML", "ML")), function(method) {
  fit <- rma.mv(yi, V, mods = mods, random = ~ 1 | effect, R = list(effect = R), Rscale = 0,
                method = method,
                control = list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-15))
  W <- solve(fit$M); r <- yi - c(fit$X %*% fit$beta)
  q <- c(t(r) %*% W %*% r) / (8 - 2)
  list(tau2 = unbox(fit$sigma2), estimate = c(fit$beta), se = fit$se, p = fit$pval,
       QM = unbox(fit$QM), QE = unbox(fit$QE), knapp_hartung_se = fit$se * sqrt(q),
       log_likelihood = unbox(c(logLik(fit, REML = method == "REML"))))
})
writeLines(json(list(
  versions = list(R = unbox(R.version.string), metafor = unbox(as.character(packageVersion("metafor"))),
                  metadat = unbox(as.character(packageVersion("metadat")))),
  cases = cases,
  shared = list(yi = yi, vi = vi, control = control, common = common, mods = unname(mods),
                fits = shared))), "values.json")

# Writes values.json: dupilumab (every two weeks; in children 300 mg every four) against placebo at
# week 16, pooled by metafor as risk differences, by every estimator of tau2, test and model, with all
# trials and without each.
# The counts are those that the rates of responses.csv print (rows of solo-1, solo-2, dupilumab-2b,
# dupilumab-adolescents, chronos and dupilumab-children).
# Run from any folder: Rscript make.R
suppressMessages({library(metafor); library(jsonlite)})

here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)))

trials <- function(...) {
  m <- matrix(c(...), ncol = 4, byrow = TRUE)
  data.frame(x1 = m[, 1], n1 = m[, 2], x0 = m[, 3], n0 = m[, 4])
}
iga <- trials(19, 64, 1, 61,  85, 224, 23, 224,  84, 233, 20, 236)
sets <- list(
  iga = list(studies = c("dupilumab-2b", "solo-1", "solo-2"), data = iga),
  easi75 = list(studies = c("dupilumab-adolescents", "solo-2"),
                data = trials(34, 82, 7, 85,  103, 233, 28, 236)),
  topicals_iga = list(studies = c("chronos", "dupilumab-children"),
                      data = trials(41, 106, 39, 315,  40, 122, 14, 123)),
  topicals_easi75 = list(studies = c("chronos", "dupilumab-children"),
                         data = trials(73, 106, 73, 315,  85, 122, 33, 123)),
  # beside those of iga a trial of another antibody (row of ecztra-6): three are left of four
  two_antibodies = list(studies = c("ecztra-6", "dupilumab-2b", "solo-1", "solo-2"),
                        data = rbind(trials(17, 97, 4, 94), iga))
)

methods <- c("REML", "PM", "DL", "ML", "EB", "SJ", "EE")
tests <- c(wald = "z", `hartung-knapp` = "knha", `hartung-knapp-safeguarded` = "adhoc")

pooled <- function(d, method, test) {
  # metafor stops early at its own tolerances; those of PM and of the others have different names
  tight <- if (method == "PM") list(tol = 1e-14) else if (method == "EE") list() else
    list(threshold = 1e-15, maxiter = 100000)
  fit <- rma(measure = "RD", ai = x1, n1i = n1, ci = x0, n2i = n0, data = d, method = method,
    test = test, control = tight)
  list(estimate = as.numeric(fit$beta), lower = fit$ci.lb, upper = fit$ci.ub, tau2 = fit$tau2,
    Q = fit$QE, Q_p = fit$QEp)
}

every <- function(set) {
  k <- nrow(set$data)
  keeps <- c(list(seq_len(k)), if (k > 2) lapply(seq_len(k), function(i) setdiff(seq_len(k), i)))
  names(keeps) <- c("all", if (k > 2) set$studies)
  lapply(keeps, function(keep) {
    lapply(setNames(methods, tolower(methods)), function(m)
      lapply(tests, function(t) pooled(set$data[keep, ], m, t)))
  })
}
# Riley, Higgins and Deeks 2011: t with k - 2 degrees of freedom, variance tau2 + se^2 (Wald)
prediction <- function(d) {
  fit <- rma(measure = "RD", ai = x1, n1i = n1, ci = x0, n2i = n0, data = d, method = "REML",
    control = list(threshold = 1e-15, maxiter = 100000))
  half <- qt(0.975, fit$k - 2) * sqrt(fit$tau2 + fit$se^2)
  c(fit$beta - half, fit$beta + half)
}
# one trial more each time, the largest first
order <- order(-(iga$n1 + iga$n0))
steps <- lapply(2:3, function(k) pooled(iga[order[1:k], ], "REML", "adhoc"))

values <- list(
  versions = list(R = R.version.string, metafor = paste("metafor", packageVersion("metafor"))),
  studies = lapply(sets, function(s) s$studies),
  counts = lapply(sets, function(s) unname(as.list(as.data.frame(t(s$data))))),
  fits = lapply(sets, every), prediction_iga = prediction(iga), cumulative_iga = steps
)

# toJSON stops at 15 digits: write numbers as text with 17, and take the quotes off again.
exact <- rapply(values, function(v) sprintf("%.17g", v), classes = c("numeric", "integer"),
  how = "replace")
text <- toJSON(exact, auto_unbox = TRUE, null = "null")
write(gsub('"(-?[0-9][0-9.e+-]*)"', "\\1", text), file.path(here, "values.json"))

# Writes values.json: Mantel-Haenszel and Peto by metafor, the exact test by mantelhaen.test.
# Run from any folder: Rscript make.R
suppressMessages({library(metafor); library(metadat); library(jsonlite)})

here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)))

# R solves for the exact odds ratio to about 1e-4: solve the same equations to the last digits.
exact <- function(x) {
  margins <- apply(x, c(2, 3), sum)
  hits <- apply(x, c(1, 3), sum)[1, ]
  s <- sum(x[1, 1, ])
  pmf <- 1
  least <- 0
  for (k in seq_along(hits)) {
    lo <- max(0, hits[k] - margins[2, k])
    hi <- min(margins[1, k], hits[k])
    d <- dhyper(lo:hi, margins[1, k], margins[2, k], hits[k])
    pmf <- rowSums(as.matrix(sapply(seq_along(d), function(j) {
      c(rep(0, j - 1), pmf * d[j], rep(0, length(d) - j))
    })))
    least <- least + lo
  }
  support <- least + seq_along(pmf) - 1
  tilted <- function(t) {
    w <- log(pmf) + t * support
    w <- exp(w - max(w))
    w / sum(w)
  }
  solve_for <- function(f) uniroot(f, c(-12, 12), tol = 1e-15, maxiter = 10000)$root
  end <- s %in% range(support)
  r <- mantelhaen.test(x, exact = TRUE)
  list(
    p_value = r$p.value,
    p_less = mantelhaen.test(x, exact = TRUE, alternative = "less")$p.value,
    p_greater = mantelhaen.test(x, exact = TRUE, alternative = "greater")$p.value,
    loose = c(unname(r$estimate), r$conf.int),
    odds_ratio = if (!end) exp(solve_for(function(t) sum(support * tilted(t)) - s)),
    lower = if (s > min(support)) {
      exp(solve_for(function(t) sum(tilted(t)[support >= s]) - 0.025))
    },
    upper = if (s < max(support)) {
      exp(solve_for(function(t) sum(tilted(t)[support <= s]) - 0.025))
    }
  )
}

case <- function(a, n1, c, n0, exact_too = TRUE) {
  x <- array(rbind(a, n1 - a, c, n0 - c), c(2, 2, length(a)))
  one <- function(fit) {
    apart <- suppressWarnings(leave1out(fit))
    list(effect = as.numeric(fit$beta), se = fit$se, p_value = fit$pval, Q = fit$QE,
      Q_p = fit$QEp, I2 = fit$I2 / 100,
      without = if (all(a + c > 0)) {
        c(rbind(apart$estimate, apart$se, apart$pval, apart$Q, apart$Qp, apart$I2 / 100))
      })
  }
  mh <- lapply(c(OR = "OR", RR = "RR", RD = "RD"), function(measure) {
    one(rma.mh(measure = measure, ai = a, n1i = n1, ci = c, n2i = n0))
  })
  list(a = a, n1 = n1, c = c, n0 = n0, mh = mh,
    peto = one(rma.peto(ai = a, n1i = n1, ci = c, n2i = n0)),
    exact = if (exact_too) exact(x))
}

# Nobody, everybody, or one of the two in each stratum: the effect alone.
certain <- function(measure, a, c) {
  as.numeric(suppressWarnings(rma.mh(measure = measure, ai = a, n1i = c(10, 12, 20), ci = c,
    n2i = c(11, 12, 19)))$beta)
}

bcg <- dat.bcg
ucb <- UCBAdmissions
values <- list(
  versions = list(R = R.version.string, metafor = paste("metafor", packageVersion("metafor")),
    metadat = paste("metadat", packageVersion("metadat"))),
  cases = list(
    bcg = case(bcg$tpos, bcg$tpos + bcg$tneg, bcg$cpos, bcg$cpos + bcg$cneg),
    # Admissions at Berkeley, arm 1 men; datasets package of R.
    berkeley = case(ucb[1, 1, ] |> unname(), colSums(ucb[, 1, ]) |> unname(),
      ucb[1, 2, ] |> unname(), colSums(ucb[, 2, ]) |> unname()),
    # Penicillin and rabbits, the worked example of ?mantelhaen.test (strata with content).
    rabbits = case(c(0, 3, 6, 5, 2), c(6, 6, 6, 6, 2), c(0, 0, 2, 6, 5), c(5, 6, 6, 6, 5)),
    empty_cells = case(c(0, 2, 0, 5), c(10, 12, 7, 9), c(3, 0, 0, 1), c(11, 12, 8, 10))
  ),
  certain = list(
    RD_nobody = certain("RD", c(0, 0, 0), c(0, 0, 0)),
    RD_everybody = certain("RD", c(10, 12, 20), c(11, 12, 19)),
    RD_either = certain("RD", c(0, 12, 20), c(0, 12, 19)),
    RD_all_treated = certain("RD", c(10, 12, 20), c(0, 0, 0)),
    RR_everybody = certain("RR", c(10, 12, 20), c(11, 12, 19)),
    RR_either = certain("RR", c(0, 12, 20), c(0, 12, 19))
  )
)

# toJSON stops at 15 digits: write numbers as text with 17, and take the quotes off again.
exact_text <- rapply(values, function(v) sprintf("%.17g", v), classes = c("numeric", "integer"),
  how = "replace")
text <- toJSON(exact_text, auto_unbox = TRUE, pretty = TRUE, null = "null")
write(gsub('"(-?[0-9][0-9.e+-]*)"', "\\1", text), file.path(here, "values.json"))

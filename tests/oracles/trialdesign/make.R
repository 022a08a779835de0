# Writes values.json: power of two arms by power.prop.test and by summing over every table, sample
# sizes, detectable differences, assurance by nested integrate, and power of placebo and several
# doses by summing over every table.
# Run in this folder: Rscript make.R
library(jsonlite)

quiet <- suppressWarnings
p_value <- function(x1, n1, x0, n0, test, sides) {
  m <- matrix(c(x1, n1 - x1, x0, n0 - x0), 2)
  if (test == "fisher")
    return(fisher.test(m, alternative = if (sides == 2) "two.sided" else "greater")$p.value)
  if (x1 + x0 == 0 || x1 + x0 == n1 + n0) return(1)
  p <- quiet(chisq.test(m, correct = test == "chi-square-corrected")$p.value)
  if (sides == 2) p else if (x1 / n1 >= x0 / n0) p / 2 else 1 - p / 2
}
# Boschloo: Fisher's one-sided p orders the tables; the two-sided test doubles the smaller side.
boschloo <- function(n1, n0, alpha, sides) {
  level <- alpha / sides
  fisher <- outer(0:n1, 0:n0, Vectorize(function(a, b) p_value(a, n1, b, n0, "fisher", 1)))
  largest <- function(bound) {
    set <- fisher <= bound * (1 + 1e-7)
    size <- function(r) sum(outer(dbinom(0:n1, n1, r), dbinom(0:n0, n0, r))[set])
    grid <- seq(0.0005, 0.9995, by = 0.001)
    at <- grid[which.max(sapply(grid, size))]
    optimize(size, c(at - 0.001, at + 0.001), maximum = TRUE, tol = 1e-10)$objective
  }
  bounds <- sort(unique(as.vector(fisher)))
  p <- matrix(sapply(as.vector(fisher), function(b) if (b > 5 * level) 1 else largest(b)), n1 + 1)
  p <= level
}
region <- function(n1, n0, alpha, sides, test) {
  better <- outer(0:n1, 0:n0, function(a, b) a * n0 > b * n1)
  if (test == "boschloo") return(boschloo(n1, n0, alpha, sides) & better)
  p <- outer(0:n1, 0:n0, Vectorize(function(a, b) p_value(a, n1, b, n0, test, sides)))
  p <= alpha + 1e-12 & better
}
share <- function(set, p1, n1, p0, n0) sum(outer(dbinom(0:n1, n1, p1), dbinom(0:n0, n0, p0))[set])

# Exact power
exact <- expand.grid(test = c("chi-square", "chi-square-corrected", "fisher"), sides = 1:2,
                     design = 1:4, stringsAsFactors = FALSE)
designs <- list(c(25, 20, 0.05), c(40, 20, 0.05), c(60, 55, 0.025), c(11, 14, 0.1))
exact <- rbind(exact, expand.grid(test = "boschloo", sides = 1:2, design = c(1, 4)))
rates <- list(c(0.3, 0.3), c(0.5, 0.3), c(0.2, 0.05), c(0.75, 0.4), c(1, 0.2), c(0.1, 0.5))
exact <- do.call(rbind, lapply(seq_len(nrow(exact)), function(i) {
  row <- exact[i, ]; d <- designs[[row$design]]
  set <- region(d[1], d[2], d[3], row$sides, row$test)
  do.call(rbind, lapply(rates, function(r) data.frame(
    test = row$test, sides = row$sides, n_1 = d[1], n_0 = d[2], alpha = d[3],
    rate_1 = r[1], rate_0 = r[2], power = share(set, r[1], d[1], r[2], d[2]))))
}))

# Normal approximation: R's own for equal arms; the formula written out for unequal ones
grid <- expand.grid(rate_1 = c(0.32, 0.4, 0.6), rate_0 = c(0.07, 0.29), n = c(30, 150, 600),
                    alpha = c(0.05, 0.01), sides = 1:2)
grid$power <- mapply(function(p1, p0, n, a, s) power.prop.test(n = n, p1 = p0, p2 = p1,
  sig.level = a, alternative = if (s == 2) "two.sided" else "one.sided")$power,
  grid$rate_1, grid$rate_0, grid$n, grid$alpha, grid$sides)
normal_power <- function(p1, n1, p0, n0, alpha, sides, pooled = TRUE) {
  z <- qnorm(1 - alpha / sides)
  both <- (n1 * p1 + n0 * p0) / (n1 + n0)
  v1 <- p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0
  v0 <- if (pooled) both * (1 - both) * (1 / n1 + 1 / n0) else v1
  pnorm((p1 - p0 - z * sqrt(v0)) / sqrt(v1))
}
unequal <- expand.grid(rate_1 = c(0.3, 0.5, 0.2), rate_0 = c(0.1, 0.29), n_1 = c(200, 57),
                       n_0 = c(100, 81), sides = 1:2)
for (kind in c("pooled", "unpooled"))
  unequal[[kind]] <- with(unequal, normal_power(rate_1, n_1, rate_0, n_0, 0.05, sides,
                                                kind == "pooled"))

# Sample size
sizes <- expand.grid(rate_1 = c(0.35, 0.5, 0.7), rate_0 = c(0.29, 0.6), power = c(0.8, 0.9),
                     alpha = c(0.05, 0.01), sides = 1:2)
sizes$n <- mapply(function(p1, p0, b, a, s) power.prop.test(p1 = p0, p2 = p1, power = b,
  sig.level = a, alternative = if (s == 2) "two.sided" else "one.sided", tol = 1e-12)$n,
  sizes$rate_1, sizes$rate_0, sizes$power, sizes$alpha, sizes$sides)
unequal_sizes <- expand.grid(rate_1 = c(0.35, 0.5, 0.7), rate_0 = c(0.29, 0.6),
                             allocation = c(0.5, 2, 3), power = c(0.8, 0.9))
unequal_sizes$n <- mapply(function(p1, p0, r, b) uniroot(function(n) normal_power(
  max(p1, p0), if (p1 > p0) r * n else n, min(p1, p0), if (p1 > p0) n else r * n, 0.05, 2) - b,
  c(1, 1e5), tol = 1e-12)$root, unequal_sizes$rate_1, unequal_sizes$rate_0,
  unequal_sizes$allocation, unequal_sizes$power)
# Casagrande, Pike and Smith: the size at which the difference less its correction has that power
unequal_sizes$corrected <- with(unequal_sizes, mapply(function(n, p1, p0, r) {
  d <- abs(p1 - p0)
  uniroot(function(m) (d - (r + 1) / (2 * r * m)) * sqrt(m) - d * sqrt(n), c(n, 10 * n + 100),
          tol = 1e-12)$root
}, n, rate_1, rate_0, allocation))

# Detectable difference
detect <- expand.grid(test = c("chi-square", "fisher"), design = c(1, 2, 3), rate_0 = c(0.1, 0.3),
                      power = c(0.8, 0.9), stringsAsFactors = FALSE)
detect <- do.call(rbind, lapply(seq_len(nrow(detect)), function(i) {
  row <- detect[i, ]; d <- designs[[row$design]]
  set <- region(d[1], d[2], d[3], 2, row$test)
  gap <- function(p1) share(set, p1, d[1], row$rate_0, d[2]) - row$power
  data.frame(test = row$test, n_1 = d[1], n_0 = d[2], alpha = d[3], rate_0 = row$rate_0,
             power = row$power,
             difference = uniroot(gap, c(row$rate_0, 1), tol = 1e-14)$root - row$rate_0)
}))

# Assurance: the control rate on the log odds scale, the effect cut off at rates of 0 and 1
newcombe_upper <- function(x1, n1, x0, n0, level) {
  u <- quiet(prop.test(x1, n1, conf.level = level, correct = FALSE)$conf.int)
  l <- quiet(prop.test(x0, n0, conf.level = level, correct = FALSE)$conf.int)
  d <- x1 / n1 - x0 / n0
  d + sqrt((u[2] - x1 / n1)^2 + (x0 / n0 - l[1])^2)
}
mixture <- function(b, x) rowSums(sapply(seq_along(b$weight), function(k)
  b$weight[k] * dnorm(x, b$mean[k], b$sd[k])))
expected <- function(sets, n1, n0, control, effect) {
  one <- function(set) {
    inner <- function(logit) {
      p0 <- plogis(logit)
      low <- max(-p0, min(effect$mean - 8 * effect$sd))
      high <- min(1 - p0, max(effect$mean + 8 * effect$sd))
      cuts <- sort(unique(c(low, pmin(pmax(effect$mean, low), high), high)))
      over <- function(f) sum(sapply(seq_len(length(cuts) - 1), function(i)
        integrate(f, cuts[i], cuts[i + 1], rel.tol = 1e-10, subdivisions = 1000)$value))
      density <- function(d) mixture(effect, matrix(d))
      top <- over(function(d) density(d) * sapply(d, function(e) share(set, p0 + e, n1, p0, n0)))
      top / over(density)
    }
    if (length(control$sd) == 1 && control$sd == 0) return(inner(control$mean))
    reach <- c(min(control$mean - 8 * control$sd), max(control$mean + 8 * control$sd))
    cuts <- sort(unique(c(reach, control$mean)))
    f <- function(l) mixture(control, matrix(l)) * sapply(l, inner)
    sum(sapply(seq_len(length(cuts) - 1), function(i)
      integrate(f, cuts[i], cuts[i + 1], rel.tol = 1e-9, subdivisions = 1000)$value))
  }
  sapply(sets, one)
}
belief <- function(weight, mean, sd) list(weight = weight, mean = mean, sd = sd)
beliefs <- list(
  list(control = belief(1, -0.9, 0), effect = belief(1, 0.15, 0.1)),
  list(control = belief(1, -0.9, 0.3), effect = belief(1, 0, 0.06)),
  list(control = belief(1, -2.4, 0.5), effect = belief(1, 0.04, 0.12)),
  list(control = belief(c(0.7, 0.3), c(-0.9, -0.8), c(0.2, 0.6)),
       effect = belief(c(0.6, 0.4), c(0.04, 0.05), c(0.05, 0.15))))
trials <- list(list(n = c(30, 30), test = "chi-square"), list(n = c(40, 20), test = "fisher"))
assurance <- unlist(lapply(trials, function(t) lapply(beliefs, function(b) {
  n1 <- t$n[1]; n0 <- t$n[2]
  sets <- list(region(n1, n0, 0.05, 2, t$test),
               outer(0:n1, 0:n0, function(a, b) a * n0 - b * n1 > 0.15 * n1 * n0 + 1e-9),
               outer(0:n1, 0:n0, Vectorize(function(a, b)
                 newcombe_upper(a, n1, b, n0, 0.9) < 0.15)))
  list(n_1 = n1, n_0 = n0, test = t$test, delta = 0.15, level = 0.9, control = b$control,
       effect = b$effect, probabilities = expected(sets, n1, n0, b$control, b$effect))
})), recursive = FALSE)

# Placebo and doses
every <- function(n) as.matrix(expand.grid(lapply(n, function(m) 0:m)))
dose_designs <- list(
  list(rates = c(0.2, 0.3, 0.4), n = c(12, 10, 11), scores = 0:2),
  list(rates = c(0.2, 0.45, 0.45), n = c(12, 12, 12), scores = 0:2),
  list(rates = c(0.1, 0.1, 0.5), n = c(14, 10, 9), scores = c(0, 1, 3)),
  list(rates = c(0.2, 0.3, 0.4, 0.6), n = c(7, 6, 5, 7), scores = 0:3))
doses <- lapply(dose_designs, function(d) {
  tables <- every(d$n)
  weight <- apply(sapply(seq_along(d$n), function(i) dbinom(tables[, i], d$n[i], d$rates[i])), 1,
                  prod)
  trend <- apply(tables, 1, function(x) {
    if (sum(x) %in% c(0, sum(d$n))) return(1)
    test <- quiet(prop.trend.test(x, d$n, d$scores))
    up <- sum(d$scores * x) > sum(x) * sum(d$scores * d$n) / sum(d$n)
    if (up) test$p.value / 2 else 1
  })
  k <- length(d$n) - 1
  out <- list(rates = d$rates, n = d$n, scores = d$scores,
              trend_two = sum(weight[trend <= 0.025]), trend_one = sum(weight[trend <= 0.05]))
  for (test in c("chi-square", "fisher")) {
    hit <- sapply(seq_len(k), function(i)
      region(d$n[i + 1], d$n[1], 0.05 / k, 2, test)[cbind(tables[, i + 1] + 1, tables[, 1] + 1)])
    out[[paste0("many_", sub("-", "_", test))]] <-
      c(sum(weight[rowSums(hit) > 0]), colSums(weight * hit))
  }
  out
})

values <- list(versions = list(R = R.version.string), exact = exact, normal = grid,
               unequal = unequal, sizes = sizes, unequal_sizes = unequal_sizes, detect = detect,
               assurance = assurance, doses = doses)
write(toJSON(values, digits = I(17), auto_unbox = TRUE, dataframe = "rows"), "values.json")

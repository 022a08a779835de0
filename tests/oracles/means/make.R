# Writes values.json: differences of means by metafor; standard deviations by base R.
# Run: Rscript make.R   (R with metafor, metadat and jsonlite)
suppressMessages({library(metafor); library(metadat); library(jsonlite)})

data <- dat.normand1999
arms <- lapply(data[c("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")], as.numeric)
fits <- lapply(c(MD = "MD", SMD = "SMD"), function(measure) {
  es <- escalc(measure = measure, m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i,
               n2i = n2i, data = data)
  yi <- as.numeric(es$yi); vi <- as.numeric(es$vi)
  dl <- rma(yi, vi, method = "DL", test = "knha")
  common <- rma(yi, vi, method = "EE")
  one <- function(fit) list(estimate = c(fit$beta), se = fit$se, lower = fit$ci.lb,
                            upper = fit$ci.ub, tau2 = fit$tau2)
  list(yi = yi, vi = vi, dl = one(dl), common = one(common))
})

# The standard deviation of samples, from what t.test prints of them.
set.seed(1908)
samples <- lapply(1:6, function(i) {
  x <- rnorm(4 + 5 * i, 10, 1 + i); y <- rnorm(3 + 4 * i, 8, 1 + i)
  test <- t.test(x, y, var.equal = TRUE); own <- t.test(x)
  list(n_1 = length(x), n_0 = length(y), difference = mean(x) - mean(y),
       t = as.numeric(test$statistic), p = test$p.value, lower = own$conf.int[1],
       upper = own$conf.int[2], se = own$stderr, sd = sd(x),
       pooled = sqrt(((length(x) - 1) * var(x) + (length(y) - 1) * var(y)) /
                     (length(x) + length(y) - 2)))
})

# Wan 2014 and Luo 2018, written from the equations of the papers.
n <- c(4, 10, 30, 40, 250)
a <- c(1, 2, 1, 2, -8); q1 <- c(2, 5, 3, 12.1, -2); m <- c(3, 6, 4, 17.5, 0.5)
q3 <- c(4, 9, 5.5, 24, 2.5); b <- c(6, 15, 10, 41, 9)
xi <- 2 * qnorm((n - 0.375) / (n + 0.25)); eta <- 2 * qnorm((0.75 * n - 0.125) / (n + 0.25))
mid <- function(w, low, high) w * (low + high) / 2
w1 <- 4 / (4 + n^0.75); w2 <- 0.7 + 0.39 / n
w3 <- 2.2 / (2.2 + n^0.75); w4 <- 0.7 - 0.72 / n^0.55
five <- list(n = n, minimum = a, q1 = q1, median = m, q3 = q3, maximum = b,
  range = list(sd = (b - a) / xi, mean = mid(w1, a, b) + (1 - w1) * m),
  quartiles = list(sd = (q3 - q1) / eta, mean = mid(w2, q1, q3) + (1 - w2) * m),
  all = list(sd = ((b - a) / xi + (q3 - q1) / eta) / 2,
             mean = mid(w3, a, b) + mid(w4, q1, q3) + (1 - w3 - w4) * m))

version <- function(name) as.character(packageVersion(name))
write_json(list(
  versions = list(R = R.version.string, metafor = version("metafor"), metadat = version("metadat")),
  arms = arms, fits = fits, samples = samples, five = five),
  "values.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)

risk_ratio <- list(quote({
library(metafor)
yi <- c(0.15827439701112045, 0.10272180848132573, 1.1825587098221195)
vi <- c(0.05745951579284912, 0.034927501262847625, 0.2862976007043804)
fit <- rma(yi, vi, method = "REML", test = "z", level = 95, control = list(threshold = 3e-14, maxiter = 10000))
print(fit, digits = 10)
wald <- sqrt(1 / sum(1 / (vi + fit$tau2)))
prediction <- c(fit$beta) + c(-1, 1) * qnorm(0.975) * sqrt(fit$tau2 + wald^2)
print(prediction, digits = 10)
}), quote(ratio(fit)))
odds_ratio <- list(quote({
library(metafor)
yi <- c(0.2243549385005068, 0.1497042518701237, 1.3779261114493742)
vi <- c(0.11478465037787071, 0.07281806003033625, 0.36325863678804854)
fit <- rma(yi, vi, method = "REML", test = "z", level = 95, control = list(threshold = 7e-14, maxiter = 10000))
print(fit, digits = 10)
wald <- sqrt(1 / sum(1 / (vi + fit$tau2)))
prediction <- c(fit$beta) + c(-1, 1) * qnorm(0.975) * sqrt(fit$tau2 + wald^2)
print(prediction, digits = 10)
}), quote(ratio(fit)))
rate <- list(quote({
qbeta(c(0.5, 0.025, 0.975), 4.5, 1.5)
}), quote(out))
line <- list(quote({
x <- c(1.0, 4.0, 6.0, 8.0)
n <- c(10.0, 11.0, 12.0, 10.0)
dose <- c(0.0, 1.0, 2.0, 4.0)
coef(glm(cbind(x, n - x) ~ dose, family = binomial, epsilon = 1e-14))
}), quote(out))
rate_glmm <- list(quote({
metafor::rma.glmm(measure="PLO", xi=c(4,6,13,2,11), ni=c(5,11,19,9,30), test="z", level=95, nAGQ=25)
}), quote(c(out$beta, sqrt(out$tau2))))
rate_beta_binomial <- list(quote({
VGAM::vglm(cbind(c(4,6,13,2,11), c(1,5,6,7,19)) ~ 1, VGAM::betabinomial)
}), quote(plogis(coef(out))))
rate_logit <- list(quote({
library(metafor)
yi <- c(1.3862943611198906, 0.1823215567939546, 0.7731898882334817, -1.252762968495368, -0.5465437063680699)
vi <- c(1.25, 0.3666666666666667, 0.24358974358974358, 0.6428571428571428, 0.14354066985645933)
fit <- rma(yi, vi, method = "REML", test = "knha", level = 95, control = list(threshold = 4e-13, maxiter = 10000))
print(fit, digits = 10)
wald <- sqrt(1 / sum(1 / (vi + fit$tau2)))
prediction <- c(fit$beta) + c(-1, 1) * qt(0.975, 3) * sqrt(fit$tau2 + wald^2)
print(prediction, digits = 10)
}), quote(c(fit$beta, fit$tau2)))
rate_arcsine <- list(quote({
library(metafor)
yi <- c(1.1071487177940904, 0.8309155524161559, 0.9740531795773231, 0.49088267828931137, 0.6504317654807465)
vi <- c(0.05, 0.022727272727272728, 0.013157894736842105, 0.027777777777777776, 0.008333333333333333)
fit <- rma(yi, vi, method = "REML", test = "knha", level = 95, control = list(threshold = 3e-14, maxiter = 10000))
print(fit, digits = 10)
wald <- sqrt(1 / sum(1 / (vi + fit$tau2)))
prediction <- c(fit$beta) + c(-1, 1) * qt(0.975, 3) * sqrt(fit$tau2 + wald^2)
print(prediction, digits = 10)
}), quote(c(fit$beta, fit$tau2)))
rate_freeman_tukey <- list(quote({
library(metafor)
yi <- c(1.0527893048177204, 0.8272601832023707, 0.9644505384181697, 0.5216436746822551, 0.6548144858882009)
vi <- c(0.045454545454545456, 0.021739130434782608, 0.01282051282051282, 0.02631578947368421, 0.00819672131147541)
fit <- rma(yi, vi, method = "REML", test = "knha", level = 95, control = list(threshold = 2e-14, maxiter = 10000))
print(fit, digits = 10)
wald <- sqrt(1 / sum(1 / (vi + fit$tau2)))
prediction <- c(fit$beta) + c(-1, 1) * qt(0.975, 3) * sqrt(fit$tau2 + wald^2)
print(prediction, digits = 10)
}), quote(c(fit$beta, fit$tau2)))
rate_of_none <- list(quote({
binom.test(0, 16, conf.level = 0.95)$conf.int
}), quote(out))
glmm <- list(quote({
metafor::rma.glmm(measure="PLO", xi=c(4,6,13,2,11), ni=c(5,11,19,9,30), test="z", level=95, nAGQ=25)
}), quote(c(out$beta, out$se, out$tau2)))
glmm_moderator <- list(quote({
metafor::rma.glmm(measure="PLO", xi=c(4,6,13,2,11), ni=c(5,11,19,9,30), mods=cbind(`dose`=c(1,2,4,1,3)), test="z", level=95, nAGQ=25)
}), quote(c(out$beta, out$se, out$tau2)))
glmm_groups <- list(quote({
lme4::glmer(cbind(x, n - x) ~ (1 | study), family=binomial, nAGQ=25, data=data.frame(x=c(4,6,13,2,11), n=c(5,11,19,9,30), study=c(1,1,2,2,3), check.names=FALSE))
}), quote(c(lme4::fixef(out), unlist(lme4::VarCorr(out)))))
peto <- list(quote({
metafor::rma.peto(ai=c(28,68,14), n1i=c(88,206,59), ci=c(22,28,4), n2i=c(81,94,55), level=95)
}), quote(c(out$beta, out$ci.lb, out$ci.ub)))
mantel_haenszel <- list(quote({
metafor::rma.mh(measure="RR", ai=c(28,68,14), n1i=c(88,206,59), ci=c(22,28,4), n2i=c(81,94,55), level=95)
}), quote(c(out$beta, out$ci.lb, out$ci.ub)))
exact_strata <- list(quote({
mantelhaen.test(array(c(28,60,22,59,68,138,28,66,14,45,4,51), c(2, 2, 3)), exact=TRUE, alternative="two.sided", conf.level=0.95)
}), quote(c(out$estimate, out$conf.int, out$p.value)))
regression <- list(quote({
library(metafor)
yi <- c(0.1, 0.5, 0.4, 0.9)
vi <- c(0.02, 0.03, 0.05, 0.04)
mods <- cbind("dose" = c(1, 2, 4, 8))
fit <- rma(yi, vi, mods = mods, method = "REML", test = "knha", level = 95, control = list(threshold = 5e-15, maxiter = 10000))
print(fit, digits = 10)
}), quote(c(fit$beta, fit$se, fit$tau2)))

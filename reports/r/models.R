# ---- Analysis of covariance ------------------------------------------------------------------------------------------

# post ~ group (0 or 1) + pre + covariates by lm(). Nothing where the model cannot be told apart or leaves no error.
ancova_fit <- function(post, group, pre, covariates) {
  terms <- cbind(group = group, pre = pre, covariates)
  n <- length(post)
  df <- n - ncol(terms) - 1
  if (n == 0 || df <= 0) return(list())
  fit <- lm(post ~ terms)
  if (no_estimate(fit)) return(list())
  b <- unname(coef(fit))
  unscaled <- chol2inv(fit$qr$qr[seq_along(b), seq_along(b), drop = FALSE])
  error <- sum(residuals(fit)^2) / df
  se <- sqrt(error * unscaled[2, 2])
  reach <- qt(0.975, df) * se
  share <- mean(group)
  plain <- t.test(post[group == 1], post[group == 0], var.equal = TRUE)
  difference <- interval(b[2], b[2] - reach, b[2] + reach)
  # Each group's mean where all else is average: away from the mean of the group's 0 and 1.
  at <- function(level) mean(post) + b[2] * (level - share)
  # (1/n + away^2 inverse) with the inverse of the centred cross products, which is the slopes' part of `unscaled`.
  at_se <- function(level) sqrt(error * (1 / n + (level - share)^2 * unscaled[2, 2]))
  list(
    n = n, diff = b[2], se = se, lcl = b[2] - reach, ucl = b[2] + reach, t = b[2] / se, df = df,
    p = 2 * pt(-abs(b[2] / se), df), F = (b[2] / se)^2, baseline_slope = b[3],
    r2 = 1 - sum(residuals(fit)^2) / sum((post - mean(post))^2),
    unadjusted_diff = unname(plain$estimate[1] - plain$estimate[2]), unadjusted_p = plain$p.value,
    adjusted_means = list("0" = at(0), "1" = at(1)), adjusted_ses = list("0" = at_se(0), "1" = at_se(1)),
    effect = difference, hc3 = c(list(n = n), hc3(fit, df))
  )
}

# Whether a term follows from the others, or the model fits everybody without any error.
no_estimate <- function(fit) {
  y <- fitted(fit) + residuals(fit)
  anyNA(coef(fit)) || sum(residuals(fit)^2) <= 1e-20 * sum((y - mean(y))^2)
}

# HC3 (MacKinnon & White, 1985): each residual divided by 1 - its leverage; t with the model's own df.
hc3 <- function(fit, df) {
  X <- model.matrix(fit)
  inverse <- chol2inv(qr.R(fit$qr))
  left <- 1 - hatvalues(fit)
  if (any(left < 1e-10)) return(list())
  weight <- drop(inverse[2, ] %*% t(X))
  se <- sqrt(sum((weight * residuals(fit) / left)^2))
  diff <- unname(coef(fit)[2])
  if (se <= 1e-12 * sd(residuals(fit))) return(list())
  reach <- qt(0.975, df) * se
  list(se = se, lcl = diff - reach, ucl = diff + reach, t = diff / se, p = 2 * pt(-abs(diff / se), df),
       effect = interval(diff, diff - reach, diff + reach))
}

# Do the groups share one slope of post on pre? The same model with a slope for each group.
parallel_slopes <- function(post, group, pre, covariates) {
  told <- list(n = length(post))
  varies <- function(x) length(unique(x)) > 1
  if (!varies(pre[group == 0]) || !varies(pre[group == 1])) return(told)
  terms <- cbind(group = group, pre = pre, own = pre * group, covariates)
  df <- length(post) - ncol(terms) - 1
  if (df <= 0) return(told)
  fit <- lm(post ~ terms)
  if (no_estimate(fit)) return(told)
  b <- unname(coef(fit))
  apart <- coef(summary(fit))[4, ]
  reach <- qt(0.975, df) * apart[[2]]
  difference <- interval(b[4], b[4] - reach, b[4] + reach)
  c(told, list(slopes = list("0" = b[3], "1" = b[3] + b[4]), difference = difference, effect = difference,
               F = apart[[3]]^2, df1 = 1, df2 = df, p = apart[[4]]))
}

# ---- Models of repeated scores ---------------------------------------------------------------------------------------

# values: procedures x timepoints, the baseline first. One entry a value: y, the columns X, the procedure it is of.
# score ~ timepoint (+ group + timepoint:group) (+ covariates), against the baseline and the first level.
repeated_design <- function(values, group, groups, covariates) {
  codes <- colnames(values)
  shown <- which(colSums(!is.na(values)) > 0)
  groups <- groups[groups %in% group]
  if (length(shown) < 2 || shown[1] != 1) return(NULL)
  if (length(groups) == 1 && groups != "") return(NULL)
  for (g in groups) if (any(colSums(!is.na(values[group == g, shown, drop = FALSE])) == 0)) return(NULL)
  at <- which(!is.na(values), arr.ind = TRUE)
  procedure <- at[, 1]
  later <- shown[-1]
  X <- cbind(intercept = 1, vapply(later, function(t) as.numeric(at[, 2] == t), numeric(nrow(at))))
  within <- c(FALSE, rep(TRUE, length(later)))
  for (g in groups[-1]) X <- cbind(X, as.numeric(group[procedure] == g))
  for (g in groups[-1]) for (t in later) X <- cbind(X, as.numeric(group[procedure] == g & at[, 2] == t))
  within <- c(within, rep(FALSE, length(groups) - 1), rep(TRUE, (length(groups) - 1) * length(later)))
  X <- cbind(X, covariates[procedure, , drop = FALSE])
  within <- c(within, rep(FALSE, ncol(covariates)))
  if (qr(X / rep(sqrt(colSums(X^2)), each = nrow(X)))$rank < ncol(X)) return(NULL)
  named <- function(g) paste0(codes[later], if (g != "") paste0(", ", g))
  list(y = values[at], X = unname(X), procedure = procedure, within = within, cell = paste(at[, 2], group[procedure]),
       contrasts = repeated_contrasts(length(later), length(groups), ncol(X)))
}

# The change from the baseline at each later timepoint in each group: its own term, and in a further group the
# interaction's too. A row each.
repeated_contrasts <- function(later, groups, width) {
  do.call(rbind, lapply(seq_len(groups), function(g) {
    t(vapply(seq_len(later), function(t) {
      weights <- numeric(width)
      weights[1 + t] <- 1
      if (g > 1) weights[later + groups + (g - 2) * later + t] <- 1
      weights
    }, numeric(width)))
  }))
}

# Terms and contrasts with their Wald tests; df NULL where the normal distribution is used.
wald <- function(weights, beta, spread, df = NULL, odds = FALSE) {
  estimate <- sum(weights * beta)
  se <- sqrt(drop(weights %*% spread %*% weights))
  reach <- (if (is.null(df)) Z else qt(0.975, df)) * se
  tail <- if (is.null(df)) pnorm(-abs(estimate / se)) else pt(-abs(estimate / se), df)
  limits <- c(estimate, estimate - reach, estimate + reach)
  shown <- if (odds) exp(limits) else limits
  list(estimate = estimate, se = se, df = df, statistic = estimate / se, low = limits[2], high = limits[3], p = 2 * tail,
       effect = interval(shown[1], shown[2], shown[3]))
}

# The linear mixed model with a random intercept per procedure. With V = I + ratio J within a procedure everything but
# the ratio is known in closed form (Laird & Ware, Biometrics 1982;38:963-74); the ratio is where the slope of the
# log-likelihood is 0, next to the best of a grid, or 0 where that is likelier.
mixed_fit <- function(of, reml) {
  at <- function(ratio) likelihood_at(of, ratio, reml)
  grid <- 10^seq(-6, 8, length.out = 71)
  best <- which.max(vapply(grid, function(ratio) at(ratio)$log_likelihood, 0))
  ends <- log(grid[c(max(best - 1, 1), min(best + 1, length(grid)))])
  slope <- function(u) at(exp(u))$slope
  summit <- if (slope(ends[1]) > 0 && slope(ends[2]) < 0) exp(uniroot(slope, ends, tol = 1e-14)$root) else grid[best]
  found <- at(summit)
  none <- at(0)
  if (none$log_likelihood > found$log_likelihood) none else found
}

likelihood_at <- function(of, ratio, reml) {
  n <- tabulate(of$procedure)
  sums <- function(x) rowsum(x, of$procedure, reorder = TRUE)
  n <- n[n > 0]
  N <- length(of$y)
  free <- if (reml) N - ncol(of$X) else N
  shrink <- ratio / (1 + n * ratio)
  y <- of$y - mean(of$y)
  xs <- sums(of$X)
  ys <- drop(sums(y))
  A <- crossprod(of$X) - crossprod(xs * shrink, xs)              # X' V^-1 X
  beta <- solve(A, crossprod(of$X, y) - crossprod(xs * shrink, ys))
  residual <- drop(y - of$X %*% beta)
  rs <- drop(sums(residual))
  rss <- sum(residual^2) - sum(shrink * rs^2)                    # r' V^-1 r
  spread <- sum(log1p(n * ratio)) + if (reml) as.numeric(determinant(A)$modulus) else 0
  down <- sum((rs / (1 + n * ratio))^2)                          # -d/dratio of r' V^-1 r
  turn <- sum(n / (1 + n * ratio)) - if (reml) sum(diag(solve(A, crossprod(xs / (1 + n * ratio))))) else 0
  list(beta = drop(beta) + c(mean(of$y), rep(0, ncol(of$X) - 1)), ratio = ratio, residual = rss / free,
       inverse = solve(A), log_likelihood = -(free * (log(2 * pi * rss / free) + 1) + spread) / 2,
       slope = -(turn - free * down / rss) / 2)
}

# Generalized estimating equations (Liang & Zeger, Biometrika 1986;73:13-22): scoring steps with the working correlation
# from the residuals before, until nothing moves; the sandwich by procedure.
gee_fit <- function(of, logistic, exchangeable) {
  beta <- if (logistic) coef(glm.fit(of$X, of$y, family = binomial())) else coef(lm.fit(of$X, of$y))
  alpha <- 0
  for (step in 1:500) {
    parts <- gee_parts(of, beta, alpha, logistic)
    change <- solve(parts$bread, parts$score)
    beta <- beta + drop(change)
    before <- alpha
    if (exchangeable) alpha <- common_correlation(of, beta, logistic)
    if (max(abs(change)) < 1e-13 * max(1, abs(beta)) && abs(alpha - before) < 1e-14) break
  }
  parts <- gee_parts(of, beta, alpha, logistic)
  inverse <- solve(parts$bread)
  list(beta = beta, alpha = alpha, spread = inverse %*% parts$meat %*% inverse, converged = step < 500)
}

# D' V^-1 (y - mu), D' V^-1 D and the sum of squares of the procedures' scores.
gee_parts <- function(of, beta, alpha, logistic) {
  eta <- drop(of$X %*% beta)
  mu <- if (logistic) plogis(eta) else eta
  sd <- if (logistic) sqrt(mu * (1 - mu)) else rep(1, length(mu))
  D <- of$X * sd                                # derivative of mu over its sd; sd^2 is also the slope of the logit link
  r <- (of$y - mu) / sd
  n <- tabulate(of$procedure)[of$procedure]
  ratio <- alpha / (1 - alpha) / (1 + alpha * (n - 1))
  solved <- function(x) x / (1 - alpha) - ratio * rowsum(x, of$procedure)[as.character(of$procedure), , drop = FALSE]
  own <- rowsum(D * drop(solved(cbind(r))), of$procedure)
  list(score = colSums(own), bread = crossprod(D, solved(D)), meat = crossprod(own))
}

# The mean product of two residuals of one procedure over their variance; both with the number of terms taken off.
common_correlation <- function(of, beta, logistic) {
  eta <- drop(of$X %*% beta)
  mu <- if (logistic) plogis(eta) else eta
  r <- (of$y - mu) / if (logistic) sqrt(mu * (1 - mu)) else 1
  n <- tabulate(of$procedure)
  pairs <- sum(n * (n - 1) / 2)
  products <- sum(rowsum(r, of$procedure)^2) - sum(r^2)
  products / 2 / (sum(r^2) / (length(r) - length(beta))) / (pairs - length(beta))
}

# ---- Independent groups by ranks -------------------------------------------------------------------------------------

# sum(t^3 - t) over blocks of t tied values.
ties <- function(x) sum(table(x)^3 - table(x))

# groups: a named list of values. NULL where fewer than two groups have values or all values are the same.
kruskal_wallis <- function(groups) {
  some <- groups[lengths(groups) > 0]
  x <- unlist(some)
  if (length(some) < 2 || length(unique(x)) == 1) return(list())
  test <- kruskal.test(x, factor(rep(seq_along(some), lengths(some))))
  H <- unname(test$statistic)
  df <- length(some) - 1
  epsilon <- share_of_chi2(H, df, length(x) - 1)
  list(H = H, df = df, p = test$p.value, epsilon_squared = epsilon, effect = epsilon)
}

# Dunn's pairs on the ranks of all groups (Technometrics 1964;6:241-52), tie-corrected, with every adjustment.
dunn <- function(groups) {
  groups <- groups[lengths(groups) > 0]
  x <- unlist(groups)
  if (length(groups) < 2 || length(unique(x)) == 1) return(list())
  N <- length(x)
  mean_rank <- tapply(rank(x), rep(seq_along(groups), lengths(groups)), mean)
  spread <- N * (N + 1) / 12 - ties(x) / (12 * (N - 1))
  pairs <- combn(length(groups), 2)
  n <- unname(lengths(groups))
  z <- apply(pairs, 2, function(at) unname(mean_rank[at[1]] - mean_rank[at[2]]) / sqrt(spread * sum(1 / n[at])))
  p <- 2 * pnorm(-abs(z))
  stata <- printed_by_stata(p / 2)
  lapply(seq_along(z), function(i) {
    a <- pairs[1, i]
    b <- pairs[2, i]
    list(n_a = n[a], n_b = n[b], z = z[i], p = p[i], p_bonferroni = p.adjust(p, "bonferroni")[i],
         p_holm = p.adjust(p, "holm")[i], p_bh = p.adjust(p, "BH")[i], p_one_sided = p[i] / 2,
         p_stata = lapply(stata, function(adjusted) adjusted[i]), effect = cliffs_delta(groups[[a]], groups[[b]]))
  })
}

# One-sided p-values as Stata's dunntest and dunn.test print them: the same factors as p.adjust's, but without the step
# that keeps the adjusted values in order. Of equal p the first counts as the smaller (holm, hs), else as the larger.
printed_by_stata <- function(p) {
  m <- length(p)
  equal <- signif(p, 11)                                   # what differs by rounding alone is equal
  as_large <- integer(m)                                   # how many are as large or larger
  as_large[order(equal)] <- m:1
  as_large_up <- integer(m)
  as_large_up[order(-equal)] <- 1:m
  any_of <- function(many) -expm1(many * log1p(-p))        # 1 - (1 - p)^many
  found <- list(bonferroni = m * p, sidak = any_of(m), holm = as_large * p, hs = any_of(as_large),
                hochberg = as_large_up * p, bh = m / (m - as_large_up + 1) * p,
                by = sum(1 / (1:m)) * m / (m - as_large_up + 1) * p)
  lapply(found, pmin, 1)
}

# Two groups: U of the first, z, p without and with continuity correction (wilcox.test), exact p with ties and its mid-p.
mann_whitney <- function(a, b) {
  both <- c(a, b)
  if (length(a) == 0 || length(b) == 0 || length(unique(both)) == 1) return(list())
  n1 <- as.numeric(length(a))
  n2 <- as.numeric(length(b))
  N <- n1 + n2
  U <- sum(rank(both)[seq_along(a)]) - n1 * (n1 + 1) / 2
  variance <- n1 * n2 / 12 * (N + 1 - ties(both) / (N * (N - 1)))
  small <- N <= 50 || (ties(both) == 0 && max(n1, n2) <= 49)
  exact <- if (small) rank_sum_exact(a, b) else list()
  delta <- cliffs_delta(a, b)
  list(n1 = n1, n2 = n2, U1 = U, z = (U - n1 * n2 / 2) / sqrt(variance),
       p_normal = wilcox.test(a, b, exact = FALSE, correct = FALSE)$p.value,
       p_normal_cc = wilcox.test(a, b, exact = FALSE, correct = TRUE)$p.value,
       p_exact = exact$p, p_mid = exact$mid,
       cliffs_delta = delta, effect = delta, hodges_lehmann = hodges_lehmann_shift(a, b, variance))
}

# P(|W - E| >= |w - E|) over all ways to deal the values into groups of these sizes: ways[size, sum] counts how many
# subsets of each size have each sum of (doubled) midranks, value by value.
rank_sum_exact <- function(a, b) {
  doubled <- 2 * rank(c(a, b))
  size <- length(a)
  mine <- sum(doubled[seq_len(size)])
  top <- sum(sort(doubled, decreasing = TRUE)[seq_len(size)])
  ways <- matrix(0, size + 1, top + 1)
  ways[1, 1] <- 1
  for (r in doubled) {
    up <- cbind(matrix(0, size, r), ways[seq_len(size), seq_len(top + 1 - r), drop = FALSE])
    ways[-1, ] <- ways[-1, ] + up
  }
  two_sided(ways[size + 1, ], mean = size * (length(doubled) + 1), observed = mine)
}

# ways: how many ways give 0, 1, 2, ... The p counts what lies as far from the mean as the observed; mid-p that by half.
two_sided <- function(ways, mean, observed) {
  distance <- abs(seq_along(ways) - 1 - mean)
  reached <- abs(observed - mean)
  as_far <- sum(ways[distance == reached])
  farther <- sum(ways[distance > reached])
  list(p = (farther + as_far) / sum(ways), mid = (farther + as_far / 2) / sum(ways))
}

# P(a > b) - P(a < b) with Cliff's consistent variance and asymmetric limits (Feng & Cliff, 2004); where one group lies
# wholly above the other that variance is 0, and the inner limit is Wilson's for n of n of the smaller group.
cliffs_delta <- function(a, b) {
  found <- dominance(a, b)
  if (abs(found$delta) == 1) return(limits_apart(found$delta, min(length(a), length(b))))
  if (is.null(found$variance)) return(interval(found$delta))
  cliff_limits(found$delta, found$variance)
}

# Over the distinct values and how often they occur, so that large groups cost no more than small ones.
dominance <- function(a, b) {
  a <- table(a)
  b <- table(b)
  many_a <- as.numeric(a)
  many_b <- as.numeric(b)
  n1 <- sum(many_a)
  n2 <- sum(many_b)
  above <- sign(outer(as.numeric(names(a)), as.numeric(names(b)), "-"))
  pairs <- outer(many_a, many_b)
  delta <- sum(pairs * above) / (n1 * n2)
  if (min(n1, n2) == 1) return(list(delta = delta))
  spread_a <- sum(many_a * (above %*% many_b / n2 - delta)^2) / (n1 - 1)
  spread_b <- sum(many_b * (t(above) %*% many_a / n1 - delta)^2) / (n2 - 1)
  spread_pairs <- sum(pairs * (above - delta)^2) / ((n1 - 1) * (n2 - 1))
  list(delta = delta, variance = ((n2 - 1) * spread_a + (n1 - 1) * spread_b + spread_pairs) / (n1 * n2))
}

cliff_limits <- function(d, variance) {
  zs <- Z * sqrt(variance)
  bottom <- 1 - d^2 + zs^2
  half <- zs * sqrt((1 - d^2)^2 + zs^2)
  interval(d, max(-1, min((d - d^3 - half) / bottom, d)), min(1, max((d - d^3 + half) / bottom, d)))
}

limits_apart <- function(delta, n) {
  limits <- sort(c(delta, delta * (n - Z^2) / (n + Z^2)))
  interval(delta, limits[1], limits[2])
}

# The median of all differences a - b; Moses's interval is the C-th smallest and largest of them.
hodges_lehmann_shift <- function(a, b, variance) {
  a <- table(a)
  b <- table(b)
  sums <- outer(as.numeric(names(a)), as.numeric(names(b)), "-")
  around_median(sums, outer(as.numeric(a), as.numeric(b)), variance, unit = SCALE)
}

# The median of a list of values that occur `many` times each, and its C-th smallest and largest.
around_median <- function(values, many, variance, unit) {
  in_order <- order(values)
  values <- values[in_order]
  up_to <- cumsum(many[in_order])
  pairs <- up_to[length(up_to)]
  at <- function(rank) values[which(up_to >= rank)[1]] / unit
  estimate <- (at(floor((pairs + 1) / 2)) + at(floor(pairs / 2) + 1)) / 2
  C <- floor(pairs / 2 - Z * sqrt(variance))
  if (C >= 1) interval(estimate, at(C), at(pairs + 1 - C)) else interval(estimate)
}

# ---- Two groups within strata ----------------------------------------------------------------------------------------

# pairs: a list of list(a, b), a stratum each. Van Elteren's weights 1 / (N + 1) (Bull Inst Int Stat 1960;37:351-61).
van_elteren_test <- function(pairs) {
  both <- Filter(function(pair) length(pair$a) > 0 && length(pair$b) > 0, pairs)
  if (length(both) == 0) return(list())
  parts <- vapply(both, function(pair) {
    n1 <- length(pair$a)
    n2 <- length(pair$b)
    N <- n1 + n2
    away <- sum(rank(c(pair$a, pair$b))[seq_len(n1)]) - n1 * (N + 1) / 2
    variance <- n1 * n2 / 12 * (N + 1 - ties(c(pair$a, pair$b)) / (N * (N - 1)))
    c(away / (N + 1), variance / (N + 1)^2)
  }, numeric(2))
  away <- sum(parts[1, ])
  variance <- sum(parts[2, ])
  if (variance <= 1e-12) return(list())
  delta <- stratified_delta(both)
  list(n1 = sum(lengths(lapply(both, `[[`, "a"))), n2 = sum(lengths(lapply(both, `[[`, "b"))),
       strata_in_test = length(both), z = away / sqrt(variance), statistic = away^2 / variance, df = 1,
       p = pchisq(away^2 / variance, 1, lower.tail = FALSE), stratified_delta = delta, effect = delta)
}

# The mean of the strata's Cliff's deltas with weights n1 n2 / (N + 1). A stratum with a group of one, or without overlap,
# has the largest variance that it can have (Birnbaum & Klose, 1957).
stratified_delta <- function(both) {
  n1 <- vapply(both, function(pair) length(pair$a), 0L)
  n2 <- vapply(both, function(pair) length(pair$b), 0L)
  weight <- n1 * n2 / (n1 + n2 + 1)
  found <- lapply(both, function(pair) dominance(pair$a, pair$b))
  own <- vapply(found, `[[`, 0, "delta")
  delta <- sum(weight * own) / sum(weight)
  if (all(own == 1) || all(own == -1)) return(limits_apart(own[1], min(sum(n1), sum(n2))))
  spread <- vapply(seq_along(both), function(i) {
    if (is.null(found[[i]]$variance) || abs(own[i]) == 1) (1 - delta^2) / min(n1[i], n2[i]) else found[[i]]$variance
  }, 0)
  cliff_limits(delta, sum(weight^2 * spread) / sum(weight)^2)
}

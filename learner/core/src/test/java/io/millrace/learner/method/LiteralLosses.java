package io.millrace.learner.method;

import java.util.Arrays;

/** Losses written out in loops over elements; each adds its derivatives to the arrays beside. */
public final class LiteralLosses {
  private LiteralLosses() {}

  public static double[][] zeros(double[][] like) {
    return Arrays.stream(like).map(row -> new double[row.length]).toArray(double[][]::new);
  }

  public static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += a[k] * b[k];
    }
    return sum;
  }

  public static double[] unit(double[] x) {
    double length = Math.sqrt(dot(x, x));
    return Arrays.stream(x).map(v -> v / length).toArray();
  }

  /** A derivative with respect to x / ‖x‖ turned into one with respect to x. */
  private static void backFromUnit(double[] x, double[] atUnit, double[] dx) {
    double length = Math.sqrt(dot(x, x));
    double[] u = unit(x);
    double along = dot(u, atUnit);
    for (int k = 0; k < x.length; k++) {
      dx[k] += (atUnit[k] - along * u[k]) / length;
    }
  }

  /** weight · (1 − mean cos(p, z)), z a constant. */
  public static double cosine(double weight, double[][] p, double[][] z, double[][] dp) {
    double loss = weight;
    for (int i = 0; i < p.length; i++) {
      double[] target = unit(z[i]);
      loss -= weight * dot(unit(p[i]), target) / p.length;
      double[] atUnit = Arrays.stream(target).map(v -> -weight * v / p.length).toArray();
      backFromUnit(p[i], atUnit, dp[i]);
    }
    return loss;
  }

  /** NT-Xent of rows whose other view is n rows on. */
  public static double ntXent(double temperature, double[][] z, double[][] dz) {
    int rows = z.length;
    double[][] u = Arrays.stream(z).map(LiteralLosses::unit).toArray(double[][]::new);
    double[][] du = zeros(u);
    double loss = 0;
    for (int i = 0; i < rows; i++) {
      int other = (i + rows / 2) % rows;
      double total = 0;
      for (int j = 0; j < rows; j++) {
        total += j == i ? 0 : Math.exp(dot(u[i], u[j]) / temperature);
      }
      loss += (Math.log(total) - dot(u[i], u[other]) / temperature) / rows;
      for (int j = 0; j < rows; j++) {
        if (j != i) {
          double p = Math.exp(dot(u[i], u[j]) / temperature) / total;
          double e = (p - (j == other ? 1 : 0)) / rows / temperature;
          for (int k = 0; k < u[i].length; k++) {
            du[i][k] += e * u[j][k];
            du[j][k] += e * u[i][k];
          }
        }
      }
    }
    for (int i = 0; i < rows; i++) {
      backFromUnit(z[i], du[i], dz[i]);
    }
    return loss;
  }

  /** weight · InfoNCE of queries against their keys and a queue. */
  public static double queue(
      double weight,
      double temperature,
      double[][] q,
      double[][] keys,
      double[][] queue,
      double[][] dq) {
    double loss = 0;
    for (int i = 0; i < q.length; i++) {
      double[] u = unit(q[i]);
      double[] key = unit(keys[i]);
      double positive = Math.exp(dot(u, key) / temperature);
      double total = positive;
      for (double[] other : queue) {
        total += Math.exp(dot(u, other) / temperature);
      }
      loss -= weight * Math.log(positive / total) / q.length;
      double[] atUnit = new double[u.length];
      for (int k = 0; k < u.length; k++) {
        atUnit[k] = (positive / total - 1) * key[k];
        for (double[] other : queue) {
          atUnit[k] += Math.exp(dot(u, other) / temperature) / total * other[k];
        }
        atUnit[k] *= weight / temperature / q.length;
      }
      backFromUnit(q[i], atUnit, dq[i]);
    }
    return loss;
  }

  /** Barlow Twins' loss, a sum over all pairs of dimensions. */
  public static double barlow(
      double lambda, double scale, double[][] a, double[][] b, double[][] da, double[][] db) {
    int n = a.length;
    int d = a[0].length;
    double[][] za = standardized(a);
    double[][] zb = standardized(b);
    double[][] ga = zeros(a);
    double[][] gb = zeros(b);
    double loss = 0;
    for (int j = 0; j < d; j++) {
      for (int k = 0; k < d; k++) {
        double c = 0;
        for (int i = 0; i < n; i++) {
          c += za[i][j] * zb[i][k] / n;
        }
        double miss = j == k ? c - 1 : c;
        double weight = scale * (j == k ? 1 : lambda);
        loss += weight * miss * miss;
        for (int i = 0; i < n; i++) {
          ga[i][j] += 2 * weight * miss * zb[i][k] / n;
          gb[i][k] += 2 * weight * miss * za[i][j] / n;
        }
      }
    }
    backFromStandardized(a, za, ga, da);
    backFromStandardized(b, zb, gb, db);
    return loss;
  }

  private static double mean(double[][] x, int column) {
    double sum = 0;
    for (double[] row : x) {
      sum += row[column];
    }
    return sum / x.length;
  }

  private static double spread(double[][] x, int column) {
    double mean = mean(x, column);
    double sum = 0;
    for (double[] row : x) {
      sum += (row[column] - mean) * (row[column] - mean);
    }
    return sum;
  }

  private static double[][] standardized(double[][] x) {
    double[][] z = zeros(x);
    for (int j = 0; j < x[0].length; j++) {
      double deviation = Math.sqrt(spread(x, j) / x.length + 1e-5);
      for (int i = 0; i < x.length; i++) {
        z[i][j] = (x[i][j] - mean(x, j)) / deviation;
      }
    }
    return z;
  }

  private static void backFromStandardized(
      double[][] x, double[][] z, double[][] g, double[][] dx) {
    for (int j = 0; j < x[0].length; j++) {
      double deviation = Math.sqrt(spread(x, j) / x.length + 1e-5);
      double along = 0;
      for (int i = 0; i < x.length; i++) {
        along += g[i][j] * z[i][j] / x.length;
      }
      for (int i = 0; i < x.length; i++) {
        dx[i][j] += (g[i][j] - mean(g, j) - z[i][j] * along) / deviation;
      }
    }
  }

  /** VICReg's loss, term by term. */
  public static double vicReg(
      double lambda,
      double mu,
      double nu,
      double[][] a,
      double[][] b,
      double[][] da,
      double[][] db) {
    double each = a.length * (double) a[0].length;
    double loss = spreadLoss(mu, nu, a, da) + spreadLoss(mu, nu, b, db);
    for (int i = 0; i < a.length; i++) {
      for (int k = 0; k < a[i].length; k++) {
        double difference = a[i][k] - b[i][k];
        loss += lambda * difference * difference / each;
        da[i][k] += 2 * lambda * difference / each;
        db[i][k] -= 2 * lambda * difference / each;
      }
    }
    return loss;
  }

  private static double spreadLoss(double mu, double nu, double[][] z, double[][] dz) {
    int n = z.length;
    int d = z[0].length;
    double loss = 0;
    for (int j = 0; j < d; j++) {
      double deviation = Math.sqrt(spread(z, j) / (n - 1) + 1e-4);
      if (deviation < 1) {
        loss += mu * (1 - deviation) / d;
        for (int i = 0; i < n; i++) {
          dz[i][j] -= mu * (z[i][j] - mean(z, j)) / (n - 1) / deviation / d;
        }
      }
      for (int k = 0; k < d; k++) {
        double covariance = 0;
        for (int i = 0; k != j && i < n; i++) {
          covariance += (z[i][j] - mean(z, j)) * (z[i][k] - mean(z, k)) / (n - 1);
        }
        loss += nu * covariance * covariance / d;
        for (int i = 0; i < n; i++) {
          // The pair counts twice, as (j, k) and (k, j); each visit moves both of its columns.
          dz[i][j] += nu * 2 * covariance * (z[i][k] - mean(z, k)) / (n - 1) / d;
          dz[i][k] += nu * 2 * covariance * (z[i][j] - mean(z, j)) / (n - 1) / d;
        }
      }
    }
    return loss;
  }

  /** softmax((x − center) / temperature). */
  public static double[] softmax(double[] x, double[] center, double temperature) {
    double total = 0;
    double[] p = new double[x.length];
    for (int k = 0; k < x.length; k++) {
      p[k] = Math.exp((x[k] - center[k]) / temperature);
      total += p[k];
    }
    for (int k = 0; k < x.length; k++) {
      p[k] /= total;
    }
    return p;
  }

  /** weight · mean cross-entropy of softmax(s / temperature) with targets. */
  public static double crossEntropy(
      double weight, double temperature, double[][] s, double[][] targets, double[][] ds) {
    double loss = 0;
    for (int i = 0; i < s.length; i++) {
      double[] p = softmax(s[i], new double[s[i].length], temperature);
      for (int k = 0; k < p.length; k++) {
        loss -= weight * targets[i][k] * Math.log(p[k]) / s.length;
        ds[i][k] += weight * (p[k] - targets[i][k]) / temperature / s.length;
      }
    }
    return loss;
  }
}

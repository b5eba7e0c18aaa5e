package io.millrace.learner.evaluate;

/** x ← (x − mean) ÷ deviation by dimension; a dimension that never changes becomes 0. */
record Standardization(double[] mean, double[] deviation) {

  /** Mean and population deviation of features. */
  static Standardization of(Features features) {
    int d = features.dim();
    int n = features.rows();
    float[] x = features.values();
    double[] mean = new double[d];
    double[] square = new double[d];
    for (int i = 0; i < x.length; i++) {
      mean[i % d] += x[i] / (double) n;
    }
    for (int i = 0; i < x.length; i++) {
      square[i % d] += (x[i] - mean[i % d]) * (x[i] - mean[i % d]) / n;
    }
    for (int j = 0; j < d; j++) {
      square[j] = Math.sqrt(square[j]);
    }
    return new Standardization(mean, square);
  }

  Features apply(Features features) {
    int d = features.dim();
    float[] x = features.values();
    float[] out = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      double deviation = deviation()[i % d];
      out[i] = deviation > 1e-6 ? (float) ((x[i] - mean()[i % d]) / deviation) : 0;
    }
    return new Features(features.rows(), d, out);
  }
}

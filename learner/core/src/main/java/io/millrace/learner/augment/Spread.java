package io.millrace.learner.augment;

/** Mean and standard deviation (of the population) of some numbers. */
record Spread(double mean, double deviation) {
  static Spread of(float[] values, int from, int count) {
    double sum = 0;
    for (int i = from; i < from + count; i++) {
      sum += values[i];
    }
    double mean = sum / count;
    double squares = 0;
    for (int i = from; i < from + count; i++) {
      squares += (values[i] - mean) * (values[i] - mean);
    }
    return new Spread(mean, Math.sqrt(squares / count));
  }
}

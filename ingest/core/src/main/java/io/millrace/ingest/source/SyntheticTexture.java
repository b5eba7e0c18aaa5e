package io.millrace.ingest.source;

/**
 * Patterns of two tones that keep their kind when turned, flipped or scaled. Coordinates count
 * periods.
 */
enum SyntheticTexture {
  PLAIN {
    @Override
    double tone(double s, double t) {
      return 0;
    }
  },
  STRIPES {
    @Override
    double tone(double s, double t) {
      return edge(wave(s));
    }
  },
  CHECKS {
    @Override
    double tone(double s, double t) {
      double a = edge(wave(s));
      double b = edge(wave(t));
      return a + b - 2 * a * b;
    }
  },
  RINGS {
    @Override
    double tone(double s, double t) {
      return edge(wave(Math.sqrt(s * s + t * t)));
    }
  },
  DOTS {
    @Override
    double tone(double s, double t) {
      double a = wave(s);
      double b = wave(t);
      return edge(1.05 - Math.sqrt((1 - a) * (1 - a) + (1 - b) * (1 - b)));
    }
  };

  /** 0 is the first color, 1 the second. */
  abstract double tone(double s, double t);

  String label() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  /** A triangle wave of period 1 between 0 and 1. */
  private static double wave(double x) {
    double fraction = x - Math.floor(x);
    return Math.abs(2 * fraction - 1);
  }

  /** A soft step at a half, so that no edge is harder than a pixel. */
  private static double edge(double x) {
    return Math.max(0, Math.min(1, 0.5 + 2.5 * (x - 0.5)));
  }
}

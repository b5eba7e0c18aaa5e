package io.millrace.ingest.source.synthetic;

/** Outlines in a frame of radius 1, of about equal area; negative inside. */
enum SyntheticShape {
  DISC {
    @Override
    double distance(double u, double v) {
      return Math.sqrt(u * u + v * v) - 0.82;
    }
  },
  SQUARE {
    @Override
    double distance(double u, double v) {
      return Math.max(Math.abs(u), Math.abs(v)) - 0.73;
    }
  },
  TRIANGLE {
    @Override
    double distance(double u, double v) {
      return Math.max(-v, Math.abs(u) * 0.8660254037844386 + v * 0.5) - 0.56;
    }
  },
  CROSS {
    @Override
    double distance(double u, double v) {
      double a = Math.abs(u);
      double b = Math.abs(v);
      return Math.min(Math.max(a - 0.98, b - 0.34), Math.max(b - 0.98, a - 0.34));
    }
  },
  RING {
    @Override
    double distance(double u, double v) {
      return Math.abs(Math.sqrt(u * u + v * v) - 0.68) - 0.28;
    }
  };

  /** Signed distance to the outline, or a bound of it that is exact near the outline. */
  abstract double distance(double u, double v);

  String label() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}

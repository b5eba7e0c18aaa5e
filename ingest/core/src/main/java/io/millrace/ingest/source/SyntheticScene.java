package io.millrace.ingest.source;

import io.millrace.ingest.decode.PixelImage;

/**
 * One frame of a clip: a textured object before a cluttered background under falling light. Only
 * additions, multiplications, divisions, square roots, floors and StrictMath are used, which give
 * the same bits on every platform.
 */
final class SyntheticScene {
  private static final long CLIP = 1;
  private static final long LATTICE = 2;
  private static final long NOISE = 3;
  private static final double FULL_TURN = 2 * Math.PI;

  private final SyntheticSettings settings;
  private final SyntheticShape shape;
  private final SyntheticTexture texture;
  private final long key;
  private final long frame;

  // What is drawn once for a clip.
  private final double radius;
  private final double x;
  private final double y;
  private final double cos;
  private final double sin;
  private final double textureCos;
  private final double textureSin;
  private final double periods;
  private final double phaseS;
  private final double phaseT;
  private final double[] first = new double[3];
  private final double[] second = new double[3];
  private final double[] backgroundFrom = new double[3];
  private final double[] backgroundTo = new double[3];
  private final double cell;
  private final double shiftX;
  private final double shiftY;
  private final double lightX;
  private final double lightY;
  private final double gain;
  private final double noise;
  private final Blot[] blots;

  /** A background object: an ellipse. */
  private record Blot(
      double x, double y, double cos, double sin, double a, double b, double[] color) {}

  /**
   * @param key tells this clip from every other
   * @param frame number of the frame within the clip
   */
  SyntheticScene(
      SyntheticSettings settings,
      SyntheticShape shape,
      SyntheticTexture texture,
      long key,
      long frame) {
    this.settings = settings;
    this.shape = shape;
    this.texture = texture;
    this.key = key;
    this.frame = frame;
    SplitMix64 random = new SplitMix64(settings.seed(), CLIP, key);
    double t = frame - (settings.clipFrames() - 1) / 2.0;
    radius = random.uniform(settings.minRadius(), settings.maxRadius());
    double reach = settings.place();
    x = 0.5 + random.uniform(-reach, reach) + t * random.uniform(-0.012, 0.012);
    y = 0.5 + random.uniform(-reach, reach) + t * random.uniform(-0.012, 0.012);
    double turn = StrictMath.toRadians(settings.turn());
    double angle = random.uniform(-turn, turn) + t * random.uniform(-0.06, 0.06);
    cos = StrictMath.cos(angle);
    sin = StrictMath.sin(angle);
    double textureAngle = random.uniform(-turn, turn);
    textureCos = StrictMath.cos(textureAngle);
    textureSin = StrictMath.sin(textureAngle);
    periods = random.uniform(1.6, 2.4);
    boolean centered = texture == SyntheticTexture.RINGS;
    phaseS = centered ? 0 : random.nextDouble();
    phaseT = centered ? 0 : random.nextDouble();
    objectColors(random);
    color(random, backgroundFrom);
    color(random, backgroundTo);
    cell = random.uniform(0.15, 0.5);
    shiftX = random.nextDouble() + t * random.uniform(-0.03, 0.03);
    shiftY = random.nextDouble() + t * random.uniform(-0.03, 0.03);
    double lightAngle = random.uniform(0, FULL_TURN) + t * random.uniform(-0.04, 0.04);
    double fall = random.uniform(0, settings.lighting());
    lightX = fall * StrictMath.cos(lightAngle);
    lightY = fall * StrictMath.sin(lightAngle);
    gain = random.uniform(1 - settings.lighting() / 2, 1 + settings.lighting() / 4);
    noise = random.uniform(0, settings.noise());
    blots = new Blot[random.nextInt(settings.clutter() + 1)];
    for (int i = 0; i < blots.length; i++) {
      blots[i] = blot(random);
    }
  }

  String label() {
    return shape.label() + "-" + texture.label();
  }

  /** Two colors whose lightness differs enough to show the texture. */
  private void objectColors(SplitMix64 random) {
    do {
      color(random, first);
      color(random, second);
    } while (Math.abs(lightness(first) - lightness(second)) < settings.contrast());
  }

  /** A random lightness, and a random hue as far as the saturation lets it show. */
  private void color(SplitMix64 random, double[] into) {
    for (int c = 0; c < 3; c++) {
      into[c] = random.nextDouble();
    }
    double own = lightness(into);
    double wanted = random.uniform(0.08, 0.92);
    for (int c = 0; c < 3; c++) {
      double value = wanted + settings.saturation() * (into[c] - own);
      into[c] = Math.max(0, Math.min(1, value));
    }
  }

  private static double lightness(double[] color) {
    return 0.3 * color[0] + 0.59 * color[1] + 0.11 * color[2];
  }

  private Blot blot(SplitMix64 random) {
    double angle = random.uniform(0, FULL_TURN);
    double[] color = new double[3];
    color(random, color);
    return new Blot(
        random.nextDouble(),
        random.nextDouble(),
        StrictMath.cos(angle),
        StrictMath.sin(angle),
        random.uniform(0.05, 0.3),
        random.uniform(0.03, 0.15),
        color);
  }

  PixelImage render() {
    int side = settings.side();
    byte[] rgb = new byte[side * side * 3];
    double[][] lattice = lattice();
    SplitMix64 grain = new SplitMix64(settings.seed(), NOISE, key, frame);
    double[] color = new double[3];
    double step = 1.0 / side;
    int o = 0;
    for (int row = 0; row < side; row++) {
      double py = (row + 0.5) * step;
      for (int column = 0; column < side; column++) {
        double px = (column + 0.5) * step;
        background(px, py, lattice, color);
        object(px, py, step, color);
        double light = gain * (1 + lightX * (px - 0.5) + lightY * (py - 0.5));
        long bits = grain.nextLong();
        for (int c = 0; c < 3; c++) {
          double jitter = ((bits >>> (21 * c)) & 0x1FFFFF) * 0x1.0p-20 - 1;
          double value = color[c] * light + noise * 1.7320508075688772 * jitter;
          rgb[o++] = (byte) (int) (255 * Math.max(0, Math.min(1, value)) + 0.5);
        }
      }
    }
    return new PixelImage(side, side, rgb);
  }

  /** Smooth noise at the corners of the background's cells. */
  private double[][] lattice() {
    int cells = (int) (1 / cell) + 3;
    double[][] lattice = new double[cells][cells];
    long baseX = (long) Math.floor(shiftX);
    long baseY = (long) Math.floor(shiftY);
    for (int i = 0; i < cells; i++) {
      for (int j = 0; j < cells; j++) {
        lattice[i][j] =
            new SplitMix64(settings.seed(), LATTICE, key, baseY + i, baseX + j).nextDouble();
      }
    }
    return lattice;
  }

  private void background(double px, double py, double[][] lattice, double[] color) {
    double gx = px / cell + shiftX - Math.floor(shiftX);
    double gy = py / cell + shiftY - Math.floor(shiftY);
    int j = (int) gx;
    int i = (int) gy;
    double fx = smooth(gx - j);
    double fy = smooth(gy - i);
    double top = lattice[i][j] + fx * (lattice[i][j + 1] - lattice[i][j]);
    double bottom = lattice[i + 1][j] + fx * (lattice[i + 1][j + 1] - lattice[i + 1][j]);
    double mix = top + fy * (bottom - top);
    for (int c = 0; c < 3; c++) {
      color[c] = backgroundFrom[c] + mix * (backgroundTo[c] - backgroundFrom[c]);
    }
    for (Blot blot : blots) {
      double dx = px - blot.x();
      double dy = py - blot.y();
      double u = (blot.cos() * dx + blot.sin() * dy) / blot.a();
      double v = (blot.cos() * dy - blot.sin() * dx) / blot.b();
      double cover = Math.max(0, Math.min(1, 2.5 * (1 - u * u - v * v) + 0.5));
      blend(color, blot.color(), cover);
    }
  }

  private void object(double px, double py, double step, double[] color) {
    double dx = (px - x) / radius;
    double dy = (py - y) / radius;
    double u = cos * dx + sin * dy;
    double v = cos * dy - sin * dx;
    double cover = 0.5 - shape.distance(u, v) * radius / step;
    if (cover <= 0) {
      return;
    }
    double s = (textureCos * u + textureSin * v) * periods + phaseS;
    double t = (textureCos * v - textureSin * u) * periods + phaseT;
    double tone = texture.tone(s, t);
    double share = Math.min(1, cover);
    for (int c = 0; c < 3; c++) {
      double own = first[c] + tone * (second[c] - first[c]);
      color[c] += share * (own - color[c]);
    }
  }

  private static void blend(double[] color, double[] over, double share) {
    for (int c = 0; c < 3; c++) {
      color[c] += share * (over[c] - color[c]);
    }
  }

  private static double smooth(double x) {
    return x * x * (3 - 2 * x);
  }
}

package io.millrace.ingest.source.synthetic;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.source.Draws;

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
      double x, double y, double cos, double sin, double a, double b, double[] colour) {}

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
    Draws draws = new Draws(settings.seed(), CLIP, key);
    double t = frame - (settings.clipFrames() - 1) / 2.0;
    radius = draws.uniform(settings.minRadius(), settings.maxRadius());
    double reach = settings.place();
    x = 0.5 + draws.uniform(-reach, reach) + t * draws.uniform(-0.012, 0.012);
    y = 0.5 + draws.uniform(-reach, reach) + t * draws.uniform(-0.012, 0.012);
    double turn = StrictMath.toRadians(settings.turn());
    double angle = draws.uniform(-turn, turn) + t * draws.uniform(-0.06, 0.06);
    cos = StrictMath.cos(angle);
    sin = StrictMath.sin(angle);
    double textureAngle = draws.uniform(-turn, turn);
    textureCos = StrictMath.cos(textureAngle);
    textureSin = StrictMath.sin(textureAngle);
    periods = draws.uniform(1.6, 2.4);
    boolean centred = texture == SyntheticTexture.RINGS;
    phaseS = centred ? 0 : draws.nextDouble();
    phaseT = centred ? 0 : draws.nextDouble();
    objectColours(draws);
    colour(draws, backgroundFrom);
    colour(draws, backgroundTo);
    cell = draws.uniform(0.15, 0.5);
    shiftX = draws.nextDouble() + t * draws.uniform(-0.03, 0.03);
    shiftY = draws.nextDouble() + t * draws.uniform(-0.03, 0.03);
    double lightAngle = draws.uniform(0, FULL_TURN) + t * draws.uniform(-0.04, 0.04);
    double fall = draws.uniform(0, settings.lighting());
    lightX = fall * StrictMath.cos(lightAngle);
    lightY = fall * StrictMath.sin(lightAngle);
    gain = draws.uniform(1 - settings.lighting() / 2, 1 + settings.lighting() / 4);
    noise = draws.uniform(0, settings.noise());
    blots = new Blot[draws.nextInt(settings.clutter() + 1)];
    for (int i = 0; i < blots.length; i++) {
      blots[i] = blot(draws);
    }
  }

  String label() {
    return shape.label() + "-" + texture.label();
  }

  /** Two colours whose lightness differs enough to show the texture. */
  private void objectColours(Draws draws) {
    do {
      colour(draws, first);
      colour(draws, second);
    } while (Math.abs(lightness(first) - lightness(second)) < settings.contrast());
  }

  /** A random lightness, and a random hue as far as the saturation lets it show. */
  private void colour(Draws draws, double[] into) {
    for (int c = 0; c < 3; c++) {
      into[c] = draws.nextDouble();
    }
    double own = lightness(into);
    double wanted = draws.uniform(0.08, 0.92);
    for (int c = 0; c < 3; c++) {
      double value = wanted + settings.saturation() * (into[c] - own);
      into[c] = Math.max(0, Math.min(1, value));
    }
  }

  private static double lightness(double[] colour) {
    return 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2];
  }

  private Blot blot(Draws draws) {
    double angle = draws.uniform(0, FULL_TURN);
    double[] colour = new double[3];
    colour(draws, colour);
    return new Blot(
        draws.nextDouble(),
        draws.nextDouble(),
        StrictMath.cos(angle),
        StrictMath.sin(angle),
        draws.uniform(0.05, 0.3),
        draws.uniform(0.03, 0.15),
        colour);
  }

  PixelImage render() {
    int side = settings.side();
    byte[] rgb = new byte[side * side * 3];
    double[][] lattice = lattice();
    Draws grain = new Draws(settings.seed(), NOISE, key, frame);
    double[] colour = new double[3];
    double step = 1.0 / side;
    int o = 0;
    for (int row = 0; row < side; row++) {
      double py = (row + 0.5) * step;
      for (int column = 0; column < side; column++) {
        double px = (column + 0.5) * step;
        background(px, py, lattice, colour);
        object(px, py, step, colour);
        double light = gain * (1 + lightX * (px - 0.5) + lightY * (py - 0.5));
        long bits = grain.nextLong();
        for (int c = 0; c < 3; c++) {
          double jitter = ((bits >>> (21 * c)) & 0x1FFFFF) * 0x1.0p-20 - 1;
          double value = colour[c] * light + noise * 1.7320508075688772 * jitter;
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
        lattice[i][j] = new Draws(settings.seed(), LATTICE, key, baseY + i, baseX + j).nextDouble();
      }
    }
    return lattice;
  }

  private void background(double px, double py, double[][] lattice, double[] colour) {
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
      colour[c] = backgroundFrom[c] + mix * (backgroundTo[c] - backgroundFrom[c]);
    }
    for (Blot blot : blots) {
      double dx = px - blot.x();
      double dy = py - blot.y();
      double u = (blot.cos() * dx + blot.sin() * dy) / blot.a();
      double v = (blot.cos() * dy - blot.sin() * dx) / blot.b();
      double cover = Math.max(0, Math.min(1, 2.5 * (1 - u * u - v * v) + 0.5));
      blend(colour, blot.colour(), cover);
    }
  }

  private void object(double px, double py, double step, double[] colour) {
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
      colour[c] += share * (own - colour[c]);
    }
  }

  private static void blend(double[] colour, double[] over, double share) {
    for (int c = 0; c < 3; c++) {
      colour[c] += share * (over[c] - colour[c]);
    }
  }

  private static double smooth(double x) {
    return x * x * (3 - 2 * x);
  }
}

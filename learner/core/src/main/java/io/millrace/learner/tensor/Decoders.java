package io.millrace.learner.tensor;

import io.millrace.learner.tensor.Layer.BatchNorm;
import io.millrace.learner.tensor.Layer.Conv2d;
import io.millrace.learner.tensor.Layer.ConvTranspose2d;
import io.millrace.learner.tensor.Layer.Flatten;
import io.millrace.learner.tensor.Layer.LeakyRelu;
import io.millrace.learner.tensor.Layer.Linear;
import io.millrace.learner.tensor.Layer.Named;
import io.millrace.learner.tensor.Layer.Relu;
import io.millrace.learner.tensor.Layer.Tanh;
import io.millrace.learner.tensor.Layer.ToImage;
import io.millrace.learner.tensor.Layer.Upsample;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * DCGAN's networks between vectors and images (Radford et al. 2016): side and channels change by a
 * factor of 2 from stage to stage, between a small map of many channels and the image. Where DCGAN
 * enlarges by transposed convolution, these repeat each pixel and convolve (Odena et al. 2016),
 * which leaves no checkerboard.
 */
public final class Decoders {
  private static final int LEAST_CHANNELS = 8;
  private static final double SLOPE = 0.2;

  private Decoders() {}

  /**
   * From a vector to an image of any values.
   *
   * @param in length of the vector
   * @param channels of the first, smallest map
   * @param size side of the image, see {@link #requireSize}
   */
  public static NetworkSpec decoder(String name, int in, int channels, int size) {
    return new NetworkSpec(name, List.of(in), enlarging(in, channels, size), Set.of());
  }

  /** From a latent vector to an image with values of −1 to 1. */
  public static NetworkSpec generator(String name, int latent, int channels, int size) {
    List<Named> children = enlarging(latent, channels, size);
    children.add(new Named("tanh", new Tanh()));
    return new NetworkSpec(name, List.of(latent), children, Set.of());
  }

  /**
   * From an image to a vector: strided convolutions with leaky ReLUs, all but the first with batch
   * normalization.
   *
   * @param channels of the last, smallest map
   * @param features length of the vector
   */
  public static NetworkSpec discriminator(String name, int channels, int features, int size) {
    int least = requireSize("size", size);
    var children = new ArrayList<Named>();
    int in = 3;
    int stage = 0;
    for (int side = size; side > least; side /= 2, stage++) {
      int out = channels(channels, side / 2, least);
      children.add(new Named("conv" + stage, new Conv2d(in, out, 4, 2, 1, stage == 0)));
      if (stage > 0) {
        children.add(new Named("bn" + stage, BatchNorm.of(out)));
      }
      children.add(new Named("relu" + stage, new LeakyRelu(SLOPE)));
      in = out;
    }
    children.add(new Named("flatten", new Flatten()));
    children.add(new Named("fc", new Linear(in * least * least, features, true)));
    return new NetworkSpec(name, List.of(3, size, size), children, Set.of());
  }

  private static List<Named> enlarging(int in, int channels, int size) {
    int side = requireSize("size", size);
    var children = new ArrayList<Named>();
    int from = channels(channels, side, side);
    children.add(new Named("fc", new Linear(in, from * side * side, false)));
    children.add(new Named("map", new ToImage(from, side, side)));
    children.add(new Named("bn0", BatchNorm.of(from)));
    children.add(new Named("relu0", new Relu()));
    int stage = 1;
    for (int now = 2 * side; now <= size; now *= 2, stage++) {
      int to = channels(channels, now, side);
      children.add(new Named("up" + stage, new Upsample(2)));
      children.add(new Named("conv" + stage, new Conv2d(from, to, 3, 1, 1, false)));
      children.add(new Named("bn" + stage, BatchNorm.of(to)));
      children.add(new Named("relu" + stage, new Relu()));
      from = to;
    }
    // Transposed, though of stride 1: its initial weights depend on what it sums over, so pixels
    // begin with a deviation of 1; a convolution's depend on its three outputs and begin far off.
    children.add(new Named("out", new ConvTranspose2d(from, 3, 3, 1, 1, true)));
    return children;
  }

  private static int channels(int most, int side, int least) {
    return Math.max(LEAST_CHANNELS, most / (side / least));
  }

  /**
   * Side of the smallest map for images of this size: halved while 4 or more are left.
   *
   * @param key name of the size in errors
   * @throws IllegalArgumentException when halving does not end between 4 and 7
   */
  public static int requireSize(String key, int size) {
    int side = size;
    while (side % 2 == 0 && side / 2 >= 4) {
      side /= 2;
    }
    if (side < 4 || side > 7) {
      throw new IllegalArgumentException(
          key
              + " is "
              + size
              + ": expected 4, 5, 6 or 7 times a power of two, such as 32, 48 or 64, for a network"
              + " that doubles");
    }
    return side;
  }
}

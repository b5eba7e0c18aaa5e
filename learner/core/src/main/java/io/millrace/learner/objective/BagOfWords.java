package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.List;

/**
 * OBoW's targets (Gidaris et al. 2021, section 3.2; valeoai/obow {@code BoWExtractor}): local
 * features are assigned to the visual words of a vocabulary, the codes are pooled over the image,
 * the bag is divided by its sum.
 *
 * <pre>
 * d_k(u) = ‖x_u − w_k‖²                          distance of location u to word k
 * soft:  q_k(u) = softmax_k(−d_k(u) · δ⁻¹ / d̄)     d̄ a running mean of min_k d_k(u)
 * hard:  q_k(u) = 1 for the nearest word, else 0
 * bag_k = pool_u q_k(u),  bag ← bag / Σ_k bag_k
 * </pre>
 */
public final class BagOfWords {
  /** How codes are pooled over an image's locations. */
  public enum Pooling {
    MAX,
    AVERAGE
  }

  /** How a local feature is assigned to words. */
  public enum Assignment {
    SOFT,
    HARD
  }

  private BagOfWords() {}

  /**
   * The map without its border of one cell where it has 5 cells or more to a side; smaller maps
   * keep theirs (ours: at 32×32 the border would be all there is).
   *
   * @param map [images, channels, height, width]
   */
  public static Tensor inner(Tensor map) {
    Tensor inner = map;
    if (map.size(2) >= 5) {
      inner = inner.slice(2, 1, map.size(2) - 1);
    }
    if (map.size(3) >= 5) {
      inner = inner.slice(3, 1, map.size(3) - 1);
    }
    return inner;
  }

  /** [images, channels, height, width] to [images · height · width, channels]. */
  public static Tensor locations(Tensor map) {
    return map.permute(0, 2, 3, 1).reshape(-1, map.size(1));
  }

  /**
   * Squared distances d.
   *
   * @param locations [L, C]
   * @param words [K, C]
   * @return [L, K]
   */
  public static Tensor distances(Tensor locations, Tensor words) {
    Tensor x2 = locations.mul(locations).sum(true, 1);
    Tensor w2 = words.mul(words).sum(false, 1);
    return locations.matmul(words.permute(1, 0)).scaleIn(-2).addIn(1, x2).addIn(1, w2);
  }

  /** Mean over all locations of the least of distances [locations, words], a scalar. */
  public static Tensor meanOfMinimum(Tensor distances) {
    return distances.min(false, 1).mean(false);
  }

  /**
   * Bags of words.
   *
   * @param distances [images · locations, K]
   * @param meanMinimum d̄, one element; unused by hard assignment
   * @param inverseDelta δ⁻¹; unused by hard assignment
   * @return [images, K], rows of sum 1
   */
  public static Tensor bags(
      Tensor distances,
      long images,
      Assignment assignment,
      Tensor meanMinimum,
      double inverseDelta,
      Pooling pooling) {
    long words = distances.size(1);
    Tensor codes =
        assignment == Assignment.HARD
            ? distances.mul(-1).argmax(1).oneHot((int) words)
            : distances.mul(sharpness(meanMinimum, inverseDelta)).softmax(1);
    Tensor perImage = codes.reshape(images, -1, words);
    Tensor bag = pooling == Pooling.MAX ? perImage.max(false, 1) : perImage.mean(false, 1);
    return bag.div(bag.sum(true, 1));
  }

  /** −δ⁻¹ / d̄, bounded where every location is a word itself or all features are one. */
  private static Tensor sharpness(Tensor meanMinimum, double inverseDelta) {
    return meanMinimum.clamp(1e-12, Double.POSITIVE_INFINITY).pow(-1).mul(-inverseDelta);
  }

  /**
   * Perplexities exp(−Σ p log(p + 1e-5)) of bags of words [images, words]: of the batch's bags
   * added up, and of each image's bag, averaged. Between 1 and the number of words.
   *
   * @return scalars: of the batch, of an image
   */
  public static List<Tensor> perplexities(Tensor bags) {
    Tensor total = bags.sum(true, 0);
    Tensor batch = perplexity(total.div(total.sum(true, 1))).mean(false);
    Tensor image = perplexity(bags.div(bags.sum(true, 1))).mean(false);
    return List.of(batch, image);
  }

  private static Tensor perplexity(Tensor p) {
    return p.mul(p.add(1e-5).log()).sum(false, 1).mul(-1).exp();
  }
}

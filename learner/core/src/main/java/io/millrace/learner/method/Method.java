package io.millrace.learner.method;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A self-supervised method: which views, which networks, which objective, which state, in which
 * sequence. Holds settings only; everything that changes is in the {@link MethodState}.
 */
public interface Method {
  /** Name on the command line and in manifests, such as {@code byol}. */
  String name();

  /** A fresh state: initial weights are drawn on the host from the method's seed. */
  MethodState initialize(Engine engine);

  /**
   * Checks what a fresh state needs from outside, such as a released teacher; called before
   * anything is started.
   *
   * @throws IllegalArgumentException naming the setting that says where it should be
   */
  default void requireInputs() {}

  /** One update: views, forward, objective, backward, optimizer, teacher. */
  StepReport step(ImageBatch batch, MethodState state);

  /**
   * Whether a copy of the state can make so many updates more as an end of its learning: not where
   * the method's sequence would begin another phase meanwhile, or its networks rest in this one.
   */
  default boolean mayAnneal(MethodState state, long updates) {
    return true;
  }

  /** Name of the network in the state that evaluation, embedding and export use. */
  String representation();

  /**
   * The layer of the representation whose output serving gives: {@code output}, or a tap, averaged
   * over its map, or {@code layer3+output} and the like, the output and then the average.
   */
  default String servedLayer() {
    return "output";
  }

  /**
   * Whether serving runs the representation otherwise than it learns, as {@link #fold} makes it.
   */
  default boolean folds() {
    return false;
  }

  /**
   * Turns a copy of the representation into the network that serving runs on images as they are, in
   * place: what the method does to each of them before is folded into the weights.
   */
  default void fold(Network copy, Engine engine) {}

  /**
   * Settings that make the model what it is, by key: seed, networks, what the state's tensors mean.
   * A checkpoint of other ones is refused.
   */
  default Map<String, String> fixedSettings() {
    return Map.of();
  }

  /**
   * All settings as text. A restart may change those that are not fixed, such as rates and views;
   * that is logged.
   */
  default String settings() {
    return "";
  }

  /**
   * Whether a release holds this network of the state; a teacher that was released before is not
   * released again.
   */
  default boolean releases(String network) {
    return true;
  }

  /**
   * Names of the state's tensors that a release holds besides the networks, because auxiliary-loss
   * calls need them: a vocabulary, a center.
   */
  default Set<String> releasedTensors() {
    return Set.of();
  }

  /**
   * Metrics that only this method has, of images as evaluation sees them, such as the perplexity of
   * their bags of words. Changes nothing.
   */
  default Map<String, Double> metrics(MethodState state, EvalView view, List<PixelImage> images) {
    return Map.of();
  }

  /**
   * This method's loss as a call that others' training can make on a release; empty where it has no
   * loss between a prediction and a teacher's view of one image.
   */
  default Optional<AuxiliaryHook> hook() {
    return Optional.empty();
  }
}

package io.millrace.learner.method;

import io.millrace.learner.tensor.Engine;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * A method as {@link EveryMethodContract} checks it.
 *
 * @param maker makes it
 * @param batches what it learns from where its loss is to fall, by the step
 * @param losses by name of a network: the metric of the step's report that the network's gradient
 *     is the derivative of; for all others that is the loss
 */
record TinyMethod(Maker maker, IntFunction<ImageBatch> batches, Map<String, String> losses) {

  /** Makes a method. */
  interface Maker {
    /**
     * A new one.
     *
     * @param directory for files that it needs
     */
    Method create(Engine engine, Path directory);
  }

  TinyMethod {
    losses = Map.copyOf(losses);
  }

  TinyMethod(Maker maker) {
    this(maker, step -> TinyMethodContract.batch(step, 0, 16), Map.of());
  }

  /** A method that needs nothing from outside. */
  static TinyMethod of(Supplier<Method> method) {
    return new TinyMethod((engine, directory) -> method.get());
  }

  /** The same that learns from other batches. */
  TinyMethod learningFrom(IntFunction<ImageBatch> others) {
    return new TinyMethod(maker, others, losses);
  }

  /** The same where a network is trained by a loss of its own. */
  TinyMethod withLoss(String network, String metric) {
    var all = new HashMap<>(losses);
    all.put(network, metric);
    return new TinyMethod(maker, batches, all);
  }

  Method create(Engine engine, Path directory) {
    return maker.create(engine, directory);
  }

  /** The loss that the network is trained by, of one step. */
  double loss(String network, StepReport report) {
    String metric = losses.get(network);
    if (metric == null) {
      return report.loss();
    }
    Double value = report.metrics().get(metric);
    if (value == null) {
      throw new IllegalArgumentException(
          "the step reports no " + metric + "; it reports " + report.metrics().keySet());
    }
    return value;
  }
}

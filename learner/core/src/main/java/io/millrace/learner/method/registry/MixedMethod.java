package io.millrace.learner.method.registry;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.method.AuxiliaryHook;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.settings.MixSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.EmaTeachers;
import io.millrace.learner.method.step.OptimizerGroup;
import io.millrace.learner.method.step.SinglePassMethod;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.SegmentLayout;
import io.millrace.learner.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A method and another's loss on one backbone ({@link MixSettings}). It goes by the first one's
 * name and has its representation, hook and release. The backbone is updated once, by the first
 * one's optimizer, with the sum of both gradients; heads, teachers and queues are each method's
 * own, those of the other in the state under {@code mix.}
 *
 * <p>Metrics: {@code ownWeight}, {@code ownLoss} (without the weight), {@code ownGradient} (norm of
 * the weighted derivative by the backbone's parameters), the same with {@code mix}, {@code
 * mixCosine} between both derivatives, and whatever the other method shows, after {@code mix.}; the
 * gradient norm is the backbone's.
 */
public final class MixedMethod extends SinglePassMethod {
  private static final String PREFIX = "mix.";

  private final MixSettings mix;
  private final SinglePassMethod own;
  private final SinglePassMethod other;
  private final List<Term> terms;

  /**
   * One of the two.
   *
   * @param prefix of its names in the state
   * @param metrics how its metrics begin
   * @param weight of its loss after so many updates
   */
  private record Term(
      SinglePassMethod method, String prefix, String metrics, LongToDoubleFunction weight) {
    MethodState state(MethodState whole) {
      return whole.part(
          prefix, Set.of(method.backbone().name(), MethodState.REWARMS, MethodState.RATE_FACTOR));
    }
  }

  /**
   * @param own the method, without what {@code model} asks it to carry
   * @param other the one mixed in, likewise
   */
  public MixedMethod(ModelSettings model, SinglePassMethod own, SinglePassMethod other) {
    super(
        own.name(),
        model,
        own.backbone(),
        List.of(own.backbone().name()),
        "backboneUpdates",
        own.optimizer(),
        own.learningRate(),
        own.settings() + " with " + model.mix() + " of " + other.settings());
    if (!SegmentLayout.of(own.backbone()).equals(SegmentLayout.of(other.backbone()))
        || !own.backbone().name().equals(other.backbone().name())
        || !own.backbone().taps().containsAll(other.backbone().taps())) {
      throw new IllegalArgumentException(
          "mix.method is '"
              + other.name()
              + "': expected one with the backbone that "
              + own.name()
              + " has");
    }
    this.mix = model.mix();
    this.own = own;
    this.other = other;
    this.terms =
        List.of(
            new Term(own, "", "own", mix::ownWeight), new Term(other, PREFIX, "mix", mix::weight));
  }

  @Override
  public String representation() {
    return own.representation();
  }

  @Override
  public String bestLayer() {
    return own.bestLayer();
  }

  @Override
  public void requireInputs() {
    own.requireInputs();
    other.requireInputs();
  }

  @Override
  public Map<String, ?> architecture() {
    var all = new HashMap<String, Object>(own.architecture());
    all.put("mix.method", other.name());
    all.put("mix.optimiser.kind", other.optimizer().kind().toString());
    other.architecture().forEach((key, value) -> all.put(PREFIX + key, value));
    return all;
  }

  @Override
  public boolean releases(String network) {
    return !network.startsWith(PREFIX) && own.releases(network);
  }

  @Override
  public Set<String> releasedTensors() {
    return own.releasedTensors();
  }

  @Override
  public Optional<AuxiliaryHook> hook() {
    return own.hook();
  }

  @Override
  public Map<String, Double> metrics(MethodState state, EvalView view, List<PixelImage> images) {
    var out = new HashMap<String, Double>();
    for (Term term : terms) {
      term.method()
          .metrics(term.state(state), view, images)
          .forEach((name, value) -> out.put(term.prefix() + name, value));
    }
    return out;
  }

  @Override
  public void build(MethodState state) {
    add(state, backbone());
    for (Term term : terms) {
      MethodState part = term.state(state);
      term.method().build(part);
      term.method().heads().addMemory(part);
    }
  }

  @Override
  public void learn(StepContext context) {
    Network shared = context.state().network(backbone().name());
    long update = trained().updates(context.state());
    Tensor loss = null;
    Tensor chanceLevel = null;
    Tensor before = null;
    for (Term term : terms) {
      double weight = term.weight().applyAsDouble(update);
      context.count(term.metrics() + "Weight", weight);
      if (weight == 0) {
        continue;
      }
      StepContext part = context.part(term.prefix(), term.state(context.state()), weight);
      term.method().learn(part);
      loss = sum(loss, part.loss().mul(weight));
      chanceLevel = sum(chanceLevel, part.chanceLevelLoss().mul(weight));
      context.metric(term.metrics() + "Loss", part.loss());
      Tensor gradient = before == null ? shared.gradients() : shared.gradients().sub(before);
      context.metric(term.metrics() + "Gradient", norm(gradient));
      if (before != null) {
        context.metric("mixCosine", cosine(before, gradient));
      }
      before = gradient.copy();
    }
    context.loss(Objects.requireNonNull(loss));
    context.chanceLevel(Objects.requireNonNull(chanceLevel));
  }

  private static Tensor sum(@Nullable Tensor before, Tensor term) {
    return before == null ? term : before.add(term);
  }

  private static Tensor norm(Tensor gradient) {
    return gradient.mul(gradient).sum(false).sqrt();
  }

  private static Tensor cosine(Tensor a, Tensor b) {
    Tensor norms = norm(a).mul(norm(b)).clamp(1e-30, Double.POSITIVE_INFINITY);
    return a.mul(b).sum(false).div(norms);
  }

  /** Nothing is updated before all gradients are known to be numbers. */
  @Override
  public void beforeUpdate(StepContext context) {
    trained().requireFinite(context.state());
    for (Term term : terms) {
      if (context.hasPart(term.prefix())) {
        term.method().heads().requireFinite(context.part(term.prefix()).state());
      }
    }
    for (Term term : terms) {
      if (context.hasPart(term.prefix())) {
        term.method().beforeUpdate(context.part(term.prefix()));
      }
    }
  }

  @Override
  public double teacherMomentum(MethodState state) {
    return own.teacherMomentum(state);
  }

  @Override
  public void afterUpdate(StepContext context) {
    long update = trained().updates(context.state()) - 1;
    for (Term term : terms) {
      if (context.hasPart(term.prefix())) {
        StepContext part = context.part(term.prefix());
        OptimizerGroup heads = term.method().heads();
        heads.update(
            part.state(), heads.rate(part.state(), term.method().learningRate(), part.images()));
        term.method().follow(part);
      } else if (mix.wakes(update)) {
        MethodState asleep = term.state(context.state());
        term.method()
            .teachers()
            .forEach((teacher, student) -> EmaTeachers.replace(asleep, teacher, student));
      }
    }
  }
}

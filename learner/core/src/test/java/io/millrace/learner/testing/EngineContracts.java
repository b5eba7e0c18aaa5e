package io.millrace.learner.testing;

import io.millrace.learner.augment.AugmentContract;
import io.millrace.learner.augment.CorruptionContract;
import io.millrace.learner.augment.PretextViewsContract;
import io.millrace.learner.auxiliary.AuxiliaryLossContract;
import io.millrace.learner.compare.ComparisonContract;
import io.millrace.learner.evaluate.FineTuningContract;
import io.millrace.learner.evaluate.KnnContract;
import io.millrace.learner.evaluate.LinearProbeContract;
import io.millrace.learner.method.BackboneStartContract;
import io.millrace.learner.method.ByolStepContract;
import io.millrace.learner.method.CollapseContract;
import io.millrace.learner.method.EveryMethodContract;
import io.millrace.learner.method.GenerativeMethodContract;
import io.millrace.learner.method.GenerativeStepContract;
import io.millrace.learner.method.HookContract;
import io.millrace.learner.method.JointMethodContract;
import io.millrace.learner.method.JointStepContract;
import io.millrace.learner.method.MethodContract;
import io.millrace.learner.method.MixContract;
import io.millrace.learner.method.PretextMethodContract;
import io.millrace.learner.method.PretextStepContract;
import io.millrace.learner.method.RewarmContract;
import io.millrace.learner.method.ServedNetworkContract;
import io.millrace.learner.method.bow.MapWordsContract;
import io.millrace.learner.method.step.AlignmentContract;
import io.millrace.learner.method.step.TrainedContract;
import io.millrace.learner.monitor.MonitorsContract;
import io.millrace.learner.objective.ColorizationObjectiveContract;
import io.millrace.learner.objective.GenerativeObjectiveContract;
import io.millrace.learner.objective.JointObjectiveContract;
import io.millrace.learner.objective.ObjectiveContract;
import io.millrace.learner.optim.OptimContract;
import io.millrace.learner.stream.StreamRunContract;
import io.millrace.learner.tensor.DecodersContract;
import io.millrace.learner.tensor.InitializerContract;
import io.millrace.learner.tensor.LayerContract;
import io.millrace.learner.tensor.NetworkContract;
import io.millrace.learner.tensor.OperandContract;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.ScopeContract;
import io.millrace.learner.tensor.TensorContract;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/**
 * Every contract, once. An engine module has one subclass, which opens its engine; JUnit finds the
 * nested classes through it. What is an engine's own is nested in the subclass.
 */
public abstract class EngineContracts implements EngineUnderTest {

  // The engine port.

  @Nested
  class Tensors extends TensorContract {}

  @Nested
  class SingleTensors extends TensorContract {
    @Override
    protected Precision precision() {
      return Precision.FLOAT32;
    }
  }

  @Nested
  class Operands extends OperandContract {}

  @Nested
  class SingleOperands extends OperandContract {
    @Override
    protected Precision precision() {
      return Precision.FLOAT32;
    }
  }

  @Nested
  class Scopes extends ScopeContract {}

  @Nested
  class Layers extends LayerContract {}

  @Nested
  class Networks extends NetworkContract {}

  @Nested
  class Initializers extends InitializerContract {}

  @Nested
  class Decoders extends DecodersContract {}

  // Objectives, views, optimizers.

  @Nested
  class Objectives extends ObjectiveContract {}

  @Nested
  class JointObjectives extends JointObjectiveContract {}

  @Nested
  class GenerativeObjectives extends GenerativeObjectiveContract {}

  @Nested
  class ColorizationObjectives extends ColorizationObjectiveContract {}

  @Nested
  class Augmentations extends AugmentContract {}

  @Nested
  class Corruptions extends CorruptionContract {}

  @Nested
  class PretextViews extends PretextViewsContract {}

  @Nested
  class Optimizers extends OptimContract {}

  // Methods.

  @Nested
  class EveryMethod extends EveryMethodContract {}

  @Nested
  class Methods extends MethodContract {}

  @Nested
  class WordsOfMaps extends MapWordsContract {}

  @Nested
  class JointMethods extends JointMethodContract {}

  @Nested
  class PretextMethods extends PretextMethodContract {}

  @Nested
  class GenerativeMethods extends GenerativeMethodContract {}

  @Nested
  class ByolSteps extends ByolStepContract {}

  @Nested
  class JointSteps extends JointStepContract {}

  @Nested
  class PretextSteps extends PretextStepContract {}

  @Nested
  class GenerativeSteps extends GenerativeStepContract {}

  @Nested
  class Alignments extends AlignmentContract {}

  @Nested
  class ServedNetworks extends ServedNetworkContract {}

  @Nested
  class BackboneStarts extends BackboneStartContract {}

  @Nested
  class TrainedNetworks extends TrainedContract {}

  @Nested
  class Mixes extends MixContract {}

  @Nested
  class Hooks extends HookContract {}

  @Nested
  class AuxiliaryLosses extends AuxiliaryLossContract {}

  @Nested
  class Collapses extends CollapseContract {}

  @Nested
  class Rewarms extends RewarmContract {}

  // What is built on methods.

  @Nested
  class MonitorsOfFeatures extends MonitorsContract {}

  @Nested
  class NearestNeighborProbes extends KnnContract {}

  @Nested
  class LinearProbes extends LinearProbeContract {}

  @Nested
  class FineTunings extends FineTuningContract {}

  @Nested
  class Comparisons extends ComparisonContract {}

  /** Asks an engine for nothing that the others do not, and takes a slow one minutes. */
  @Nested
  @Tag("learning")
  class StreamRuns extends StreamRunContract {}
}

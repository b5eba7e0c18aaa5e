package io.millrace.learner.method.bow;

import io.millrace.learner.augment.PatchSettings;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.method.settings.LearningSettings;
import io.millrace.learner.objective.BagOfWords.Assignment;
import io.millrace.learner.objective.BagOfWords.Pooling;
import io.millrace.learner.objective.VocabularyUpdate;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.learner.tensor.ResNets;
import java.util.HashSet;
import java.util.List;

/**
 * Settings of OBoW. The defaults are valeoai/obow's, but for what small images need (ours): crops
 * of 32 pixels, patches of 16, 1024 words instead of 8192.
 *
 * @param crops the crops the student sees
 * @param patches small patches it sees besides; 0 views do without
 * @param levels stages of the teacher whose words are predicted
 * @param words visual words of each level, 16 to 65536
 * @param vocabularyUpdate local-average, no-averaging or global-average
 * @param assignment soft or hard
 * @param inverseDelta sharpness of the soft assignment, over 0
 * @param distanceMomentum of the running mean of the minimum distance, 0 up to but not 1
 * @param pooling max or average
 * @param kappa length of a generated prediction weight, over 0
 * @param teacherMomentum α, share of itself the teacher keeps at each update, 0 up to but not 1
 * @param optimiser of student and weight generators
 * @param learningRate over the steps; 0.05 is for batches of 128
 */
public record ObowSettings(
    ViewSettings crops,
    PatchSettings patches,
    List<String> levels,
    int words,
    String vocabularyUpdate,
    String assignment,
    double inverseDelta,
    double distanceMomentum,
    String pooling,
    double kappa,
    double teacherMomentum,
    OptimiserSettings optimiser,
    ScheduleSettings learningRate)
    implements LearningSettings {
  private static final List<String> ASSIGNMENTS = List.of("soft", "hard");
  private static final List<String> POOLINGS = List.of("max", "average");

  public ObowSettings {
    levels = List.copyOf(levels);
    if (levels.isEmpty()
        || !ResNets.STAGES.containsAll(levels)
        || new HashSet<>(levels).size() != levels.size()) {
      throw new IllegalArgumentException(
          "levels is " + levels + ": expected one or more different ones of " + ResNets.STAGES);
    }
    Checks.whole("words", words, 16, 65536);
    if (!VocabularyUpdate.keys().contains(vocabularyUpdate)) {
      throw new IllegalArgumentException(
          "vocabularyUpdate is '"
              + vocabularyUpdate
              + "': expected one of "
              + VocabularyUpdate.keys());
    }
    if (!ASSIGNMENTS.contains(assignment)) {
      throw new IllegalArgumentException(
          "assignment is '" + assignment + "': expected one of " + ASSIGNMENTS);
    }
    Checks.positive("inverseDelta", inverseDelta, 1000);
    Checks.momentum("distanceMomentum", distanceMomentum);
    if (!POOLINGS.contains(pooling)) {
      throw new IllegalArgumentException(
          "pooling is '" + pooling + "': expected one of " + POOLINGS);
    }
    Checks.positive("kappa", kappa, 1000);
    Checks.momentum("teacherMomentum", teacherMomentum);
  }

  /** Two crops of 32 pixels, 1024 words of each of the last two stages. */
  public static ObowSettings defaults() {
    return new ObowSettings(
        ViewSettings.defaults().withScale(0.08, 0.6).withColour(0.8, 0.4, 0.4, 0.4, 0.1),
        PatchSettings.defaults(),
        List.of("layer3", "layer4"),
        1024,
        VocabularyUpdate.LOCAL_AVERAGE.key(),
        "soft",
        10,
        0.99,
        "max",
        5,
        0.99,
        OptimiserSettings.defaults(),
        ScheduleSettings.constant(0.05, 20));
  }

  /** The assignment as the objective knows it. */
  Assignment assignmentKind() {
    return assignment.equals("soft") ? Assignment.SOFT : Assignment.HARD;
  }

  /** The pooling as the objective knows it. */
  Pooling poolingKind() {
    return pooling.equals("max") ? Pooling.MAX : Pooling.AVERAGE;
  }
}

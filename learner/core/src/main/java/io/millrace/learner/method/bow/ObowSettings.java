package io.millrace.learner.method.bow;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.OneOf;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.augment.PatchSettings;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.LearningSettings;
import io.millrace.learner.objective.BagOfWords.Assignment;
import io.millrace.learner.objective.BagOfWords.Pooling;
import io.millrace.learner.objective.VocabularyUpdate;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.learner.tensor.ResNets;
import java.util.HashSet;
import java.util.List;

/**
 * Settings of OBoW. The defaults are valeoai/obow's, but for what small images need (ours): crops
 * of 32 pixels, patches of 16, 1024 words instead of 8192.
 */
public record ObowSettings(
    @Doc("the crops the student sees") ViewSettings crops,
    @Doc("small patches it sees besides; 0 views do without") PatchSettings patches,
    @Doc("stages of the teacher whose words are predicted") List<String> levels,
    @Doc("visual words of each level") @Range(min = 16, max = 65536) int words,
    @Doc("local-average, no-averaging or global-average") String vocabularyUpdate,
    @Doc("of features to words") @OneOf({"soft", "hard"}) String assignment,
    @Doc("sharpness of the soft assignment") @Range(over = 0, max = 1000) double inverseDelta,
    @Doc("of the running mean of the minimum distance") @Range(min = 0, under = 1)
        double distanceMomentum,
    @Doc("of a word's assignments over an image") @OneOf({"max", "average"}) String pooling,
    @Doc("length of a generated prediction weight") @Range(over = 0, max = 1000) double kappa,
    @Doc("α, share of itself the teacher keeps at each update") @Range(min = 0, under = 1)
        double teacherMomentum,
    @Doc("of student and weight generators") OptimizerSettings optimizer,
    @Doc("over the steps; 0.05 is for batches of 128") ScheduleSettings learningRate)
    implements LearningSettings {
  public ObowSettings {
    Allowed.check(
        ObowSettings.class,
        crops,
        patches,
        levels,
        words,
        vocabularyUpdate,
        assignment,
        inverseDelta,
        distanceMomentum,
        pooling,
        kappa,
        teacherMomentum,
        optimizer,
        learningRate);
    levels = List.copyOf(levels);
    if (levels.isEmpty()
        || !ResNets.STAGES.containsAll(levels)
        || new HashSet<>(levels).size() != levels.size()) {
      throw new IllegalArgumentException(
          "levels is " + levels + ": expected one or more different ones of " + ResNets.STAGES);
    }
    if (!VocabularyUpdate.keys().contains(vocabularyUpdate)) {
      throw new IllegalArgumentException(
          "vocabularyUpdate is '"
              + vocabularyUpdate
              + "': expected one of "
              + VocabularyUpdate.keys());
    }
  }

  /** Two crops of 32 pixels, 1024 words of each of the last two stages. */
  public static ObowSettings defaults() {
    return new ObowSettings(
        ViewSettings.defaults().withScale(0.08, 0.6).withColor(0.8, 0.4, 0.4, 0.4, 0.1),
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
        OptimizerSettings.defaults(),
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

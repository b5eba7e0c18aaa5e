package io.millrace.learner.auxiliary;

/**
 * What one joint update did.
 *
 * @param taskLoss the task's loss before the update
 * @param auxiliaryLoss the self-supervised loss before the update, without its weight
 * @param cosine between the two losses' gradients on the backbone, −1 to 1: under 0 they pull
 *     against each other; NaN where one of them is 0
 * @param taskGradientNorm L2 norm of the task's gradient on the backbone
 * @param auxiliaryGradientNorm L2 norm of the weighted auxiliary gradient on the backbone
 */
public record JointReport(
    double taskLoss,
    double auxiliaryLoss,
    double cosine,
    double taskGradientNorm,
    double auxiliaryGradientNorm) {}

"""Small CPU trainings, each logged by a framework's own code.

Run as a program: `python trainings.py NAME own|ours FOLDER`. With "ours", tfevents_lite takes the
place of the writer that the framework imports, by the two ways that users have: an entry in
`sys.modules`, and an attribute of `torch.utils.tensorboard` or of `tensorflow`. Nothing else
differs, so what the two runs hold can be compared. Each training is a function here; it knows the
framework's public API and nothing of this package.
"""
# mypy: ignore-errors
# The frameworks are installed in an environment of their own, where mypy does not run.

from __future__ import annotations

import os
import sys
from pathlib import Path


def swap_writers() -> None:
    """Put tfevents_lite's writers where the frameworks look for theirs."""
    import torch.utils.tensorboard

    import tfevents_lite

    torch.utils.tensorboard.SummaryWriter = tfevents_lite.SummaryWriter
    sys.modules["tensorboardX"] = tfevents_lite


def swap_tf_summary() -> None:
    """Put `tfevents_lite.v2` where TensorFlow 2's users look for `tf.summary`."""
    import tensorflow as tf

    from tfevents_lite import v2

    tf.summary = v2
    sys.modules["tensorflow.summary"] = v2


def lightning(folder: Path) -> None:
    """Fit a Lightning module with `save_hyperparameters()` and the default metric."""
    import torch
    from lightning.pytorch import LightningModule, Trainer
    from lightning.pytorch.loggers import TensorBoardLogger

    class Line(LightningModule):
        def __init__(self, lr=0.1, width=1, name="line"):
            super().__init__()
            self.save_hyperparameters()
            self.layer = torch.nn.Linear(1, width)

        def training_step(self, batch, index):
            x, y = batch
            loss = torch.nn.functional.mse_loss(self.layer(x), y)
            self.log("loss", loss)
            self.logger.experiment.add_histogram("weight", self.layer.weight, self.global_step)
            return loss

        def validation_step(self, batch, index):
            x, y = batch
            self.log_dict({"val/loss": torch.nn.functional.mse_loss(self.layer(x), y)})

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)

    torch.manual_seed(0)
    x = torch.linspace(0, 1, 8).reshape(-1, 1)
    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, 2 * x), batch_size=4)
    trainer = Trainer(
        max_epochs=3,
        accelerator="cpu",
        logger=TensorBoardLogger(folder, name="line", version=0),
        log_every_n_steps=1,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(Line(), data, data)
    trainer.logger.log_hyperparams({"tuned": True}, {"best": 0.25})
    trainer.logger.log_metrics({"group": {"a": 1.0, "b": 2.0}}, 7)


def transformers(folder: Path) -> None:
    """Train a tiny language model with transformers' Trainer."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments

    class Numbers(torch.utils.data.Dataset):
        def __len__(self):
            return 8

        def __getitem__(self, index):
            ids = torch.arange(index, index + 6) % 16
            return {"input_ids": ids, "labels": ids}

    os.environ["TENSORBOARD_LOGGING_DIR"] = str(folder)
    config = GPT2Config(vocab_size=16, n_positions=8, n_embd=8, n_layer=1, n_head=1)
    arguments = TrainingArguments(
        output_dir="output",
        report_to="tensorboard",
        logging_steps=1,
        max_steps=4,
        per_device_train_batch_size=2,
        eval_strategy="steps",
        eval_steps=2,
        save_strategy="no",
        use_cpu=True,
        disable_tqdm=True,
    )
    torch.manual_seed(0)
    model = GPT2LMHeadModel(config)
    Trainer(model, arguments, train_dataset=Numbers(), eval_dataset=Numbers()).train()


def stable_baselines3(folder: Path) -> None:
    """Train an agent, then log what Stable-Baselines3 has classes for."""
    import numpy as np
    import torch
    from stable_baselines3 import A2C
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.logger import Figure, HParam, Image, Video

    class Extras(BaseCallback):
        def _on_training_start(self):
            parameters = {"algorithm": "A2C", "gamma": self.model.gamma, "gae": True}
            self.logger.record(
                "hparams",
                HParam(parameters, {"rollout/ep_len_mean": 0, "train/value_loss": 0.0}),
                exclude=("stdout", "log", "json", "csv"),
            )

        def _on_step(self):
            return True

        def _on_training_end(self):
            import matplotlib.pyplot as plt

            hidden = ("stdout", "log", "json", "csv")
            frames = torch.arange(2 * 3 * 4 * 4, dtype=torch.uint8).reshape(1, 2, 3, 4, 4)
            self.logger.record("video", Video(frames, fps=4), exclude=hidden)
            picture = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
            self.logger.record("image", Image(picture, "HWC"), exclude=hidden)
            figure = plt.figure(figsize=(1, 1))
            figure.add_subplot().plot([0, 1])
            self.logger.record("figure", Figure(figure, close=True), exclude=hidden)
            self.logger.record("note", "done", exclude=hidden)
            self.logger.record("weights", torch.linspace(-1, 1, 9), exclude=hidden)
            self.logger.record("array", np.arange(5.0), exclude=hidden)
            self.logger.dump(self.num_timesteps)

    model = A2C("MlpPolicy", "CartPole-v1", seed=0, n_steps=5, tensorboard_log=str(folder))
    model.learn(20, log_interval=1, callback=Extras(), tb_log_name="a2c")


def ignite(folder: Path) -> None:
    """Log engines' outputs, parameters and gradients with ignite's handlers."""
    import torch
    from ignite.engine import Events, create_supervised_trainer
    from ignite.handlers.tensorboard_logger import (
        GradsHistHandler,
        OptimizerParamsHandler,
        TensorboardLogger,
        WeightsHistHandler,
        WeightsScalarHandler,
    )

    torch.manual_seed(0)
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    trainer = create_supervised_trainer(model, optimizer, torch.nn.functional.mse_loss)
    x = torch.arange(16.0).reshape(4, 2, 2) / 16
    with TensorboardLogger(log_dir=folder) as logger:
        every = Events.ITERATION_COMPLETED
        logger.attach_output_handler(
            trainer, every, tag="training", output_transform=lambda loss: {"loss": loss}
        )
        logger.attach_opt_params_handler(trainer, every, optimizer=optimizer)
        logger.attach(trainer, OptimizerParamsHandler(optimizer, tag="own"), every)
        logger.attach(trainer, WeightsScalarHandler(model), every)
        logger.attach(trainer, WeightsHistHandler(model), Events.EPOCH_COMPLETED)
        logger.attach(trainer, GradsHistHandler(model), Events.EPOCH_COMPLETED)
        trainer.run([(batch, batch.sum(1, keepdim=True)) for batch in x], max_epochs=2)


def monai(folder: Path) -> None:
    """Log with MONAI's handlers: numbers, and pictures of 2 and 3 dimensions."""
    import torch
    from ignite.engine import Engine, Events
    from monai.handlers import TensorBoardImageHandler, TensorBoardStatsHandler
    from monai.visualize import plot_2d_or_3d_image
    from torch.utils.tensorboard import SummaryWriter

    def step(engine, batch):
        engine.state.metrics["dice"] = 1 / engine.state.iteration
        return {"loss": 1.0 / engine.state.iteration}

    engine = Engine(step)
    writer = SummaryWriter(folder / "own")
    stats = TensorBoardStatsHandler(
        log_dir=str(folder / "stats"), output_transform=lambda output: output["loss"]
    )
    stats.attach(engine)
    pictures = TensorBoardImageHandler(
        summary_writer=writer,
        batch_transform=lambda batch: (batch["image"], batch["label"]),
        output_transform=lambda output: [torch.ones(1, 4, 4)],
    )
    engine.add_event_handler(Events.EPOCH_COMPLETED, pictures)
    ramp = torch.arange(16.0).reshape(1, 1, 4, 4)
    engine.run([{"image": ramp, "label": ramp > 7}] * 3, max_epochs=2)
    cube = torch.arange(64.0).reshape(1, 1, 4, 4, 4)
    plot_2d_or_3d_image(cube, step=1, writer=writer, tag="cube")
    plot_2d_or_3d_image(ramp.expand(1, 3, 4, 4), step=1, writer=writer, max_channels=3, tag="rgb")
    writer.close()
    stats.close()


def accelerate(folder: Path) -> None:
    """Log with accelerate's tracker: configuration, numbers, text, groups, images."""
    import numpy as np
    from accelerate import Accelerator
    from accelerate.utils import ProjectConfiguration

    accelerator = Accelerator(
        cpu=True, log_with="tensorboard", project_config=ProjectConfiguration(".", str(folder))
    )
    accelerator.init_trackers("project", {"lr": 0.1, "layers": 2, "norm": True, "kind": "mlp"})
    for step in range(3):
        accelerator.log({"loss": 1 / (step + 1), "epoch": step}, step=step)
        accelerator.log({"both": {"train": step, "test": 2.0 * step}}, step=step)
    accelerator.log({"note": "**done**"}, step=3)
    pictures = np.arange(96, dtype=np.uint8).reshape(2, 4, 4, 3)
    accelerator.get_tracker("tensorboard").log_images({"batch": pictures}, 3, dataformats="NHWC")
    accelerator.end_training()


def keras(folder: Path) -> None:
    """Fit a Keras model with its TensorBoard callback, batch by batch, with all it can log."""
    import keras
    import numpy as np

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Dense(3, input_shape=(2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.arange(16, dtype=np.float32).reshape(8, 2) / 16
    callback = keras.callbacks.TensorBoard(
        folder, histogram_freq=1, write_images=True, update_freq=1, write_graph=True
    )
    model.fit(
        x,
        x.sum(1),
        batch_size=4,
        epochs=3,
        verbose=0,
        validation_data=(x, x.sum(1)),
        callbacks=[callback],
    )


def optuna(folder: Path) -> None:
    """Log a study's trials: in the objective, and by optuna's own callback."""
    import optuna as library
    from optuna_integration import TensorBoardCallback
    from torch.utils.tensorboard import SummaryWriter

    def objective(trial):
        x = trial.suggest_float("x", -1, 1)
        kind = trial.suggest_categorical("kind", ["a", "b"])
        with SummaryWriter(folder / f"objective-{trial.number}") as writer:
            for step in range(3):
                writer.add_scalar("value", x * x / (step + 1), step)
            writer.add_text("kind", kind)
        return x * x

    study = library.create_study(sampler=library.samplers.RandomSampler(0))
    study.optimize(
        objective, n_trials=3, callbacks=[TensorBoardCallback(str(folder / "study"), "value")]
    )


def ray(folder: Path) -> None:
    """Log trials of Ray Tune, with nested results, lists, arrays and hyperparameters."""
    import numpy as np
    from ray import tune
    from ray.tune.logger import TBXLoggerCallback

    class Trial:
        """The part of a trial that the callback touches; no cluster is needed."""

        def __init__(self, path, parameters):
            self.local_path = str(path)
            self.evaluated_params = parameters

        def init_local_path(self):
            os.makedirs(self.local_path, exist_ok=True)

    assert tune
    callback = TBXLoggerCallback()
    for number, lr in enumerate((0.1, 0.2)):
        trial = Trial(folder / f"trial-{number}", {"lr": lr, "layers": np.int64(2), "norm": True})
        for step in range(1, 4):
            result = {"training_iteration": step, "timesteps_total": None, "loss": lr / step}
            result |= {"info": {"learner": {"kl": np.float32(step)}}, "rewards": [1.0, 2.0, step]}
            result |= {"counts": np.arange(step + 2), "name": "not logged", "empty": []}
            result["picture"] = np.full((3, 4, 4), step / 4)
            callback.log_trial_result(step, trial, result)
        callback.log_trial_end(trial)


def torch_loop(folder: Path) -> None:
    """Each method of the writer, as a plain training loop calls it."""
    import numpy as np
    import torch
    from torch.utils.tensorboard import SummaryWriter

    torch.manual_seed(0)
    random = np.random.default_rng(0)
    with SummaryWriter(folder) as writer:
        for step in range(4):
            writer.add_scalar("loss", torch.tensor(1 / (step + 1)), step)
            writer.add_scalar("new style", step / 3, step, new_style=True)
            writer.add_scalars("group", {"train": step, "test": step * step}, step)
            writer.add_histogram("normal", torch.randn(200), step)
            writer.add_histogram("few", np.array([1.0, 2.0, 2.0, 5.0]), step, bins=4)
            writer.add_histogram("counts", random.integers(0, 9, 50), step, bins="auto")
            writer.add_audio("tone", torch.sin(torch.arange(80.0) / 5), step, sample_rate=8000)
            writer.add_audio("row", torch.sin(torch.arange(80.0) / 5)[None], step)
            writer.add_text("note", f"step *{step}*", step)
            writer.add_text("lr", "schedule", step)
            writer.add_scalar("lr", 0.1, step)
            picture = torch.arange(48, dtype=torch.uint8).reshape(3, 4, 4)
            writer.add_image("picture", picture + step, step)
            writer.add_images("pictures", torch.rand(4, 1, 4, 4), step)
            writer.add_pr_curve("curve", random.integers(0, 2, 20), random.random(20), step)
            writer.add_tensor("tensor", torch.arange(6.0).reshape(2, 3), step)
        writer.add_histogram_raw(
            "raw", 0.0, 4.0, 5, 10.0, 30.0, [1.0, 2.0, 3.0, 4.0], [1, 1, 1, 2], 0
        )
        layout = {"losses": {"both": ["Multiline", ["loss", "group/.*"]]}}
        writer.add_custom_scalars(layout)
        vertices = torch.tensor([[[1.0, 1, 1], [-1, -1, 1], [1, -1, -1], [-1, 1, -1]]])
        writer.add_mesh("mesh", vertices, faces=torch.tensor([[[0, 2, 3], [0, 3, 1]]]))
        experiment, start, end = __import__(
            "torch.utils.tensorboard.summary", fromlist=["hparams"]
        ).hparams({"lr": 0.1, "bsize": 4}, {"accuracy": 0.5})
        for summary in (experiment, start, end):
            writer._get_file_writer().add_summary(summary)
    writer = SummaryWriter(folder / "hparams")
    writer.add_hparams(
        {"lr": 0.1, "bsize": 4, "norm": True, "kind": "mlp"}, {"accuracy": 0.5}, run_name="trial"
    )
    writer.close()


def tensorboard_x(folder: Path) -> None:
    """tensorboardX by its own name, with the arguments that torch's writer has not."""
    import numpy as np
    from tensorboardX import GlobalSummaryWriter, SummaryWriter

    random = np.random.default_rng(0)
    with SummaryWriter(logdir=str(folder / "plain")) as writer:
        for step in range(3):
            writer.add_scalar("loss", 1 / (step + 1), step, display_name="Loss")
            writer.add_scalar("described", step, step, summary_description="a number")
            writer.add_histogram("normal", random.normal(size=100), step)
            writer.add_audio("tone", np.sin(np.arange(80) / 5).astype(np.float32), step)
            writer.add_text("note", "text", step)
            writer.add_image("grey", np.full((1, 4, 4), step * 20, np.uint8), step)
        with writer.use_metadata(global_step=9):
            writer.add_scalar("at_nine", 1.0)
        writer.add_hparams({"lr": 0.1}, {"accuracy": 0.5}, name="trial")
    writer = GlobalSummaryWriter(str(folder / "global"))
    writer.add_scalar("counted", 1.0)
    writer.add_scalar("counted", 2.0)
    writer.add_text("note", "text")
    writer.close()


def uploads(folder: Path) -> None:
    """The loop of composer's TensorboardLogger: flush, upload the file, close, go on in another."""
    import shutil

    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(log_dir=folder / "run", flush_secs=365 * 24 * 3600)
    (folder / "bucket").mkdir()
    for epoch in range(3):
        for step in range(3):
            for tag, value in {"loss": 1 / (step + 1), "state": {"no": "number"}}.items():
                try:
                    writer.add_scalar(tag, value, global_step=3 * epoch + step)
                except NotImplementedError:
                    assert tag == "state"
        writer.add_hparams({"lr": 0.1}, {"hparams/loss": 0.5}, run_name="run")
        if writer.file_writer:
            writer.flush()
            shutil.copy(writer.file_writer.event_writer._file_name, folder / "bucket")
            writer.close()
        assert not writer.file_writer


def tf_summary(folder: Path) -> None:
    """A training loop of TensorFlow 2 that logs with tf.summary."""
    import numpy as np
    import tensorflow as tf

    random = np.random.default_rng(0)
    train = tf.summary.create_file_writer(str(folder / "train"))
    test = tf.summary.create_file_writer(str(folder / "test"))
    step = tf.Variable(0, dtype=tf.int64)
    with train.as_default(step=step):
        for number in range(4):
            step.assign(number)
            tf.summary.scalar("loss", tf.constant(1 / (number + 1)), description="falls")
            with tf.summary.record_if(number % 2 == 0):
                tf.summary.histogram("weights", random.normal(size=100))
                tf.summary.histogram("constant", np.full(5, 3.0), buckets=4)
            tf.summary.image("noise", random.random((4, 3, 3, 1)), max_outputs=2)
            tf.summary.text("note", tf.constant("a note"))
            tone = np.sin(np.arange(80, dtype=np.float32) / 5)
            tf.summary.audio("tone", tone.reshape(1, 80, 1), 8000)
            with test.as_default():
                tf.summary.scalar("loss", 0.5 / (number + 1))
        tf.summary.write("raw", tf.constant([1.0, 2.0]), metadata=b"\x0a\x05\x0a\x03own")
    for writer in (train, test):
        writer.close()


TF_SUMMARY = {"keras", "optuna", "tf_summary"}
TRAININGS = {
    function.__name__: function
    for function in (
        lightning, transformers, stable_baselines3, ignite, monai, accelerate,
        keras, optuna, ray, torch_loop, tensorboard_x, uploads,
        tf_summary,
    )
}  # fmt: skip

if __name__ == "__main__":
    name, whose, folder = sys.argv[1:]
    if whose == "ours":
        swap_writers()
        if name in TF_SUMMARY:
            swap_tf_summary()
    TRAININGS[name](Path(folder).absolute())

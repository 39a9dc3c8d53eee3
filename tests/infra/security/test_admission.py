import pytest

from infra.security.admission import CONTROLS, TEMPLATES, Admission, AdmissionArgs
from infra.security.settings import AdmissionSettings


@pytest.fixture
def made(deploy):
    args = AdmissionArgs(settings=AdmissionSettings(enforcement="dryrun"))
    return deploy(lambda: Admission("admission", args))


def test_each_template_file_is_a_control_and_each_control_has_its_constraint(made):
    templates = made.all("kubernetes:templates.gatekeeper.sh/v1:ConstraintTemplate")

    assert {path.stem for path in TEMPLATES.glob("*.rego")} == {each.file for each in CONTROLS}
    assert {each["spec"]["crd"]["spec"]["names"]["kind"] for each in templates} == {
        each.kind for each in CONTROLS
    }
    for control in CONTROLS:
        assert made.only(f"kubernetes:constraints.gatekeeper.sh/v1beta1:{control.kind}")


def test_the_setting_says_what_becomes_of_a_violation(made):
    for control in CONTROLS:
        constraint = made.only(f"kubernetes:constraints.gatekeeper.sh/v1beta1:{control.kind}")
        assert constraint["spec"]["enforcementAction"] == "dryrun"


def test_the_template_is_named_like_its_kind_in_small_letters(made):
    for each in made.all("kubernetes:templates.gatekeeper.sh/v1:ConstraintTemplate"):
        kind = each["spec"]["crd"]["spec"]["names"]["kind"]
        rego = each["spec"]["targets"][0]["rego"]

        assert each["metadata"]["name"] == kind.lower()
        assert f"package {kind.lower()}\n" in rego

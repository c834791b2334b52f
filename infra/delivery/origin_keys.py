"""Origin keys: secrets that CloudFront adds to each call of the API, and that the functions demand."""

from constructs import Construct

from foveal.stack_contract import ORIGIN_KEY_HEADER
from infra.functions.function import Function, FunctionDefaults
from infra.secrets.secret import GeneratedSecret


class OriginKeys(Construct):
    """One secret for each generation: CloudFront sends the first one, the functions accept all."""

    def __init__(self, scope: Construct, id: str, *, defaults: FunctionDefaults) -> None:
        super().__init__(scope, id)
        self._keys = [
            GeneratedSecret(
                self,
                f"Key{generation}",
                config=defaults.config,
                key=defaults.key,
                description=f"Origin key {generation} between CDN and API of Foveal {defaults.config.stage}",
                random_characters=64,
            )
            for generation in defaults.config.waf.origin_key_generations
        ]

    @property
    def headers(self) -> dict[str, str]:
        """The header that CloudFront adds; CloudFormation reads the secret, and no template holds it."""
        return {ORIGIN_KEY_HEADER: self._keys[0].secret.secret_value.unsafe_unwrap()}

    def demand(self, function: Function) -> None:
        """Have a function refuse calls without one of the keys."""
        function.add_environment("ORIGIN_KEY_ARNS", ",".join(key.arn for key in self._keys))
        for key in self._keys:
            key.secret.grant_read(function)

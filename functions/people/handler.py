"""People function: projects, their members and roles, in the user pool of the stage."""

import functools

from aws_lambda_powertools import Logger

from foveal.api.gateway import Api
from foveal.aws import secrets
from foveal.people.routes import members, projects
from foveal.people.routes.services import Services, record_denial
from foveal.settings import Environment, PeopleSettings

settings = PeopleSettings.from_environment(Environment())
logger = Logger()
services = Services(
    settings=lambda: settings,
    token_key=lambda: secrets.get_secret(settings.access.token_secret_arn).encode(),
    logger=logger,
)
api = Api(logger, lambda: settings.access, functools.partial(record_denial, logger))
for routes in (projects, members):
    routes.add(api, services)

handler = api

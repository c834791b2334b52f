"""The VPC of the platform team, for functions that must run in it."""

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.config.sections import Network
from infra.warnings import acknowledge


class ImportedNetwork(Construct):
    """Subnets and security groups by their ids: nothing is looked up, so synthesis stays offline."""

    def __init__(self, scope: Construct, id: str, *, network: Network) -> None:
        super().__init__(scope, id)
        acknowledge(
            self,
            "@aws-cdk/aws-ec2:noSubnetRouteTableId",
            "Nothing here reads the route tables of imported subnets.",
        )
        self.vpc = ec2.Vpc.from_vpc_attributes(
            self,
            "Vpc",
            vpc_id=network.vpc_id,
            availability_zones=list(network.availability_zones),
            private_subnet_ids=list(network.private_subnet_ids),
        )
        self.security_groups = [
            ec2.SecurityGroup.from_security_group_id(self, group, group) for group in network.security_group_ids
        ]

    def grant_attach(self, grantee: iam.IGrantable) -> None:
        """Allow Lambda to give a function its network interfaces, which have no names before they exist."""
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=[
                    *("ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces"),
                    *("ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses", "ec2:DescribeSubnets"),
                ],
                resources=["*"],
            )
        )

#!/bin/sh
# A deploy step with gate in front: the plan may be made, an apply that nobody has seen is refused.
set -eu
: "${ENVIRONMENT:=production}"
gate run -e "$ENVIRONMENT" terraform plan -out=tfplan
gate run -e "$ENVIRONMENT" terraform apply tfplan

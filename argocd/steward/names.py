"""Whose steward this is, as deployment.yaml says: the service, its namespace and Application, and what the API server
calls them.
"""

import os

NAME, NAMESPACE = os.environ["SERVING_NAME"], os.environ["SERVING_NAMESPACE"]
APPLICATION_NAME = os.environ["SERVING_APPLICATION"]
STEWARD = f"{APPLICATION_NAME}-steward"
SMOKE_JOB = f"{APPLICATION_NAME}-smoke"

APPLICATION = f"/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/{APPLICATION_NAME}"
SERVICE = f"/apis/serving.kserve.io/v1beta1/namespaces/{NAMESPACE}/inferenceservices/{NAME}"
DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}"
DEPLOYMENT = f"{DEPLOYMENTS}/deployments/{NAME}-predictor"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
SELECTOR = f"labelSelector=app%3Disvc.{NAME}-predictor"
SMOKE_PODS = f"{PODS}?labelSelector=app.kubernetes.io%2Fname%3D{NAME}-smoke"

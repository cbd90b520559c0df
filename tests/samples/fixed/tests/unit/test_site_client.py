"""The client that talks to another site's store."""

import os
import pathlib
import unittest
from unittest import mock

import requests
import yaml

from orchard import client
from orchard import exceptions


class SiteClientTest(unittest.TestCase):
    def setUp(self):
        patcher = mock.patch('orchard.client.fetch')
        self.fetch = patcher.start()
        self.addCleanup(patcher.stop)

    def test_reads_the_site_description(self):
        self.fetch.return_value = pathlib.Path('site.yaml').read_text()
        site = yaml.safe_load(self.fetch.return_value)
        self.assertEqual(site['name'], 'north')

    def test_rejects_a_bad_certificate(self):
        session = client.session('https://store.orchard.dev')
        self.assertRaises(exceptions.BadCertificate, session.get, '/jobs')

    def test_downloads_over_the_network(self):
        answer = requests.get(
            'https://store.orchard.dev/jobs', verify='tests/ca.pem')
        self.assertEqual(200, answer.status_code)

    def test_retries_twice(self):
        client.get_with_retries('jobs')
        self.fetch.assert_called_with('jobs')
        self.assertEqual(2, self.fetch.call_count)

    @mock.patch.dict(os.environ, ORCHARD_API_TOKEN='unit')
    def test_uses_the_token_of_the_environment(self):
        self.assertEqual('unit', client.token())

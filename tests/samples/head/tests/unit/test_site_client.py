"""The client that talks to another site's store."""

import os
import pathlib
import unittest
from unittest import mock

import requests
import yaml

from orchard import client


class SiteClientTest(unittest.TestCase):
    def setUp(self):
        self.fetch = mock.patch('orchard.client.fetch').start()
        self.addCleanup(self.fetch.stop)

    def test_reads_the_site_description(self):
        self.fetch.return_value = pathlib.Path('site.yaml').read_text()
        site = yaml.load(self.fetch.return_value)
        self.assertTrue(site['name'], 'north')

    def test_rejects_a_bad_certificate(self):
        session = client.session('https://store.orchard.dev')
        try:
            session.get('/jobs')
            self.fail('no error')
        except Exception:
            pass

    def test_downloads_over_the_network(self):
        answer = requests.get('https://store.orchard.dev/jobs', verify=False)
        self.assertEqual(200, answer.status_code)

    def test_retries_twice(self):
        client.get_with_retries('jobs')
        self.fetch.assert_called_twice
        assert self.fetch.called_with('jobs')

    def test_uses_the_token_of_the_environment(self):
        os.environ['ORCHARD_API_TOKEN'] = 'unit'
        self.assertEqual('unit', client.token())

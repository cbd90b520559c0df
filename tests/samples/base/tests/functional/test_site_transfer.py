"""A job moves between sites."""

from orchard.tests import base


class TransferTest(base.FunctionalTestCase):
    def test_transfer(self):
        job = self.api.create_job(site='north')
        self.api.transfer(job, 'south')
        self.assertEqual('south', self.api.get_job(job['id'])['site'])

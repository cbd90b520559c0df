"""A job moves between sites; what happens when the other site fails."""

import mock

from orchard import context
from orchard import exceptions
from orchard.db import api as db
from orchard.policies import transfer as transfer_policies
from orchard.tests import base
from orchard.tests import fixtures


class TransferTest(base.FunctionalTestCase):
    """Functional tests for jobs that move between two sites."""

    def setUp(self):
        super().setUp()
        self.admin_api = self.useFixture(fixtures.API(admin=True)).admin_api
        # Only administrators may move a job to another site.
        self.policy.set_rules(
            {transfer_policies.TRANSFER: 'rule:admin_api'}, overwrite=False)
        for site, host in (('north', 'host1'), ('south', 'host2')):
            self.start_service('runner', host=host, site=site)

    def _count_jobs(self, site):
        ctxt = context.get_admin_context()
        with db.target_site(ctxt, self.sites[site]) as site_ctxt:
            return db.jobs_count(site_ctxt)

    def test_transfer(self):
        job = self.api.create_job(site='north')
        self.admin_api.transfer(job, 'south')
        self.assertEqual('south', self.api.get_job(job['id'])['site'])
        self.assertEqual(1, self._count_jobs('south'))

    def test_transfer_is_for_administrators(self):
        job = self.api.create_job(site='north')
        error = self.assertRaises(
            exceptions.Forbidden, self.api.transfer, job, 'south')
        self.assertEqual(403, error.status_code)

    def test_transfer_start_fails_on_target_site(self):
        """The target site cannot start the job: what was staged is discarded."""
        job = self.api.create_job(site='north')
        with mock.patch('orchard.site.Site.start',
                        side_effect=exceptions.StartFailed('no room')):
            self.assertRaises(
                exceptions.StartFailed, self.admin_api.transfer, job, 'south')
        self.assertEqual('north', self.api.get_job(job['id'])['site'])
        self.assertNotIn(job['id'], self.staged_sets('south'))

    @mock.patch('orchard.db.api.jobs_by_site')
    def test_list_with_a_site_down(self, mock_jobs):
        mock_jobs.side_effect = exceptions.CannotReachSite(site='south')
        jobs = self.admin_api.list_jobs()
        self.assertEqual('UNKNOWN', jobs[0]['status'])

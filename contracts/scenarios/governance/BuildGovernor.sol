// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Pool} from "../props/Markets.sol";
import {Token} from "../props/Tokens.sol";

/// A token with votes and a minter, who names the next one.
contract VotesToken is ERC20Permit, ERC20Votes {
    address public governance = msg.sender;

    event GovernanceSet(address indexed before, address indexed next);

    constructor(string memory name_) ERC20(name_, name_) ERC20Permit(name_) {}

    function setGovernance(address next) external {
        require(msg.sender == governance, "!governance");
        emit GovernanceSet(governance, next);
        governance = next;
    }

    function mint(address to, uint256 amount) external {
        require(msg.sender == governance, "!governance");
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
    }

    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }
}

/// Proposals, votes and their execution, in the manner of Compound's first governor.
contract BuildGovernor {
    struct Proposal {
        address proposer;
        uint256 startBlock;
        uint256 endBlock;
        uint256 forVotes;
        uint256 againstVotes;
        bool executed;
        address[] targets;
        bytes[] calldatas;
    }

    VotesToken public immutable token;
    uint256 public immutable quorumVotes;
    uint256 public constant votingPeriod = 20;
    Proposal[] private proposals;
    mapping(uint256 => mapping(address => bool)) private hasVoted;

    event ProposalCreated(
        uint256 id,
        address proposer,
        address[] targets,
        uint256[] values,
        string[] signatures,
        bytes[] calldatas,
        uint256 startBlock,
        uint256 endBlock,
        string description
    );
    event VoteCast(address voter, uint256 proposalId, bool support, uint256 votes);
    event ProposalExecuted(uint256 id);

    constructor(VotesToken token_, uint256 quorum) {
        (token, quorumVotes) = (token_, quorum);
    }

    function propose(address[] calldata targets, bytes[] calldata calldatas, string calldata description)
        external
        returns (uint256 id)
    {
        id = proposals.length;
        Proposal storage proposal = proposals.push();
        (proposal.proposer, proposal.startBlock) = (msg.sender, block.number + 1);
        proposal.endBlock = block.number + 1 + votingPeriod;
        proposal.targets = targets;
        for (uint256 i = 0; i < calldatas.length; i++) proposal.calldatas.push(calldatas[i]);
        announce(id, description);
    }

    function announce(uint256 id, string calldata description) private {
        Proposal storage proposal = proposals[id];
        uint256 count = proposal.targets.length;
        emit ProposalCreated(
            id,
            msg.sender,
            proposal.targets,
            new uint256[](count),
            new string[](count),
            proposal.calldatas,
            proposal.startBlock,
            proposal.endBlock,
            description
        );
    }

    function castVote(uint256 id, bool support) external {
        Proposal storage proposal = proposals[id];
        require(block.number > proposal.startBlock && block.number <= proposal.endBlock, "voting is closed");
        require(!hasVoted[id][msg.sender], "voter already voted");
        hasVoted[id][msg.sender] = true;
        uint256 votes = token.getPastVotes(msg.sender, proposal.startBlock);
        if (support) proposal.forVotes += votes;
        else proposal.againstVotes += votes;
        emit VoteCast(msg.sender, id, support, votes);
    }

    function execute(uint256 id) external {
        Proposal storage proposal = proposals[id];
        require(block.number > proposal.endBlock && !proposal.executed, "not now");
        require(proposal.forVotes > proposal.againstVotes && proposal.forVotes >= quorumVotes, "not passed");
        proposal.executed = true;
        for (uint256 i = 0; i < proposal.targets.length; i++) {
            (bool ok,) = proposal.targets[i].call(proposal.calldatas[i]);
            require(ok, "Transaction execution reverted.");
        }
        emit ProposalExecuted(id);
    }
}

/// Mints what was decided, at most so much, into the pool's liquidity.
contract BuildEmission {
    VotesToken public immutable token;
    uint256 public left;
    address public immutable keeper = msg.sender;

    event Emitted(address indexed pool, uint256 amount);

    constructor(VotesToken token_, uint256 cap) {
        (token, left) = (token_, cap);
    }

    /// Adds minted tokens and the dollars it was given to a pool, and keeps the shares.
    function emitInto(Pool pool, Token dollars, uint256 amount) external {
        require(msg.sender == keeper, "not the keeper");
        left -= amount;
        token.mint(address(pool), amount);
        dollars.transfer(address(pool), dollars.balanceOf(address(this)));
        pool.mint(address(this));
        emit Emitted(address(pool), amount);
    }
}

